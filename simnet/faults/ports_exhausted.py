"""`ports_exhausted`: the client has used up its ephemeral ports.

Delivered at the system call, to programs under `simnet run` (seccomp user notification): no packet is involved.
Clients elsewhere cannot be given it; for them it ends as failed. A true shortage
for the whole program is `client: {ports: n}` (IP_LOCAL_PORT_RANGE).
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.door import Deny, DoorVerdict


@final
class PortsExhausted(Fault):
    """Let connect(2) fail with EADDRNOTAVAIL."""

    summary: ClassVar[str] = "no ephemeral port is left: connect(2) fails with EADDRNOTAVAIL"
    client_sees: ClassVar[str] = "EADDRNOTAVAIL from connect()"
    stage: ClassVar[Stage] = Stage.LOCAL
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.NOTIFIER,)

    fault: Literal["ports_exhausted"] = "ports_exhausted"

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Deny("connect", "EADDRNOTAVAIL")


FAULT = PortsExhausted
