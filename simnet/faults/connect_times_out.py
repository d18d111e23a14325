"""`connect_times_out`: the kernel has given up on the handshake, and nobody had to wait for it.

Delivered at the system call, to programs under `simnet run` (seccomp user notification). The true thing, with its SYNs
and its 131 seconds, is `drop_syn`; this is for what a client does afterwards.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.door import Deny, DoorVerdict


@final
class ConnectTimesOut(Fault):
    """Let connect(2) fail with ETIMEDOUT."""

    summary: ClassVar[str] = "ETIMEDOUT from connect(2) at once, for tests that cannot wait 131 s"
    client_sees: ClassVar[str] = "ETIMEDOUT from connect(), at once"
    stage: ClassVar[Stage] = Stage.LOCAL
    rank: ClassVar[int] = 5
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.NOTIFIER,)

    fault: Literal["connect_times_out"] = "connect_times_out"

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Deny("connect", "ETIMEDOUT")


FAULT = ConnectTimesOut
