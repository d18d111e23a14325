"""`black_hole`: in mid-stream the peer is gone without a word.

IP_MINTTL 255 on the accepted socket: the client's segments are dropped before TCP sees them, so its data, its
keep-alive probes and its FIN stay unacknowledged and its kernel retransmits; simnet sends nothing either. Unlike
`stall`, TCP itself notices: TCP_USER_TIMEOUT and keep-alive fire, and unacknowledged data ends in ETIMEDOUT.
Only when simnet ends and the kernel closes the socket does a FIN get out.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Direction, Fault, Lever, Stage, Steered
from simnet.values import ByteCount, Duration
from simnet.verdicts.reply import Deafen, ReplyVerdict


@final
class BlackHole(Fault):
    """Drop every segment of the client in mid-stream and send none."""

    summary: ClassVar[str] = "after `after` bytes of the reply the peer vanishes: nothing is acknowledged any more"
    client_sees: ClassVar[str] = "nothing: its own timeout, or ETIMEDOUT after its kernel's retransmissions"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 7
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.MIN_TTL,)

    fault: Literal["black_hole"] = "black_hole"
    after: ByteCount = Field(ByteCount(0), description="bytes sent to the client before the hole opens; 0 B: at accept")
    for_: Duration | None = Field(None, alias="for", description="how long; for ever, if left out")
    direction: Steered = Direction.TO_CLIENT

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Deafen(self.after.count, None if self.for_ is None else self.for_.seconds)


FAULT = BlackHole
