"""`refuse`: nobody listens.

The port stays bound by simnet (nobody else can take it) while the socket does not listen, so the kernel answers every
SYN with a RST: ECONNREFUSED from connect(2). Serving again is `listen()` on the same socket.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.door import DoorVerdict, Refuse


@final
class RefuseFault(Fault):
    """Refuse attempts to connect."""

    summary: ClassVar[str] = "connection refused: the port is shut, the kernel answers the SYN with RST"
    client_sees: ClassVar[str] = "ECONNREFUSED at once"
    stage: ClassVar[Stage] = Stage.CONNECT
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.LISTEN_AGAIN,)

    fault: Literal["refuse"] = "refuse"

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Refuse()


FAULT = RefuseFault
