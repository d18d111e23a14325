"""`port_taken`: somebody else already has the address.

The holder is a real listener of simnet's, bound without SO_REUSEADDR, so that bind(2) of the same address, and of the
wildcard address with the same port, fails with EADDRINUSE whatever options the program under test sets (ip(7)).
Timed by `during`, the address is given back when the span ends: then the program under test may have it. Numbered by
`attempts` (to bind, of a program under `simnet run`), it is taken for just those: the third bind may succeed.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import Condition, Fault, Stage
from simnet.verdicts.door import DoorVerdict, Squat


@final
class PortTaken(Fault):
    """Hold the service's address against the program under test."""

    summary: ClassVar[str] = "the address is taken: a program that binds it fails"
    client_sees: ClassVar[str] = "EADDRINUSE from bind()"
    stage: ClassVar[Stage] = Stage.LOCAL
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = frozenset({Condition.ATTEMPTS, Condition.DURING})

    fault: Literal["port_taken"] = "port_taken"

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Squat()


FAULT = PortTaken
