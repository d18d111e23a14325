"""`slow_handshake`: the three-way handshake takes as long as you say.

The listener drops SYNs (IP_MINTTL) while the attempt waits; when its time has come, simnet connects to the client's
own port from the service's address: a simultaneous open (RFC 9293 section 3.5, figure 8) that completes both ends.
So the delay is not bound to the retransmission steps of 1, 2, 3 ... s. It is measured from the first SYN.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.values import Duration
from simnet.verdicts.door import DoorVerdict, Hold


@final
class SlowHandshake(Fault):
    """Complete the handshake late."""

    summary: ClassVar[str] = "the handshake takes `delay`: the client waits in SYN_SENT, then is connected"
    client_sees: ClassVar[str] = "connect() returns after the delay"
    stage: ClassVar[Stage] = Stage.CONNECT
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.MIN_TTL, Lever.SOCK_DIAG, Lever.SIMULTANEOUS_OPEN)
    holds_syns: ClassVar[bool] = True
    example: ClassVar[dict[str, str | int]] = {"delay": "300ms"}

    fault: Literal["slow_handshake"] = "slow_handshake"
    delay: Duration = Field(description="from the client's first SYN to the completed handshake")

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Hold(self.delay.seconds)


FAULT = SlowHandshake
