"""`unreachable`: there is no way to the host.

Delivered at the system call, to programs under `simnet run` (seccomp user notification): loopback has no packet for it.
Clients elsewhere cannot be given it; for them it ends as failed.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.door import Deny, DoorVerdict


@final
class Unreachable(Fault):
    """Let connect(2) fail as without a route."""

    summary: ClassVar[str] = "no route: connect(2) fails with ENETUNREACH or EHOSTUNREACH"
    client_sees: ClassVar[str] = "ENETUNREACH or EHOSTUNREACH from connect()"
    stage: ClassVar[Stage] = Stage.LOCAL
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.NOTIFIER,)

    fault: Literal["unreachable"] = "unreachable"
    what: Literal["network", "host"] = Field("network", description="what cannot be reached: ENETUNREACH or EHOSTUNREACH")

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Deny("connect", "ENETUNREACH" if self.what == "network" else "EHOSTUNREACH")


FAULT = Unreachable
