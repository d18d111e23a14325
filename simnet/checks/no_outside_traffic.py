"""`no_outside_traffic`: the client dials nothing but loopback.

What a program tries beyond 127.0.0.0/8 and ::1 is seen where it runs isolated (`simnet run --isolated`); elsewhere nobody
sees it, and the claim is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.events import Observed, Outside
from simnet.trace.journal import Trace
from simnet.trace.wording import shown


@final
class NoOutsideTraffic(RunCheck):
    """Nothing outside loopback may be dialled."""

    name: ClassVar[str] = "no_outside_traffic"
    summary: ClassVar[str] = "the client dials nothing but loopback (of programs that run isolated)"
    family: ClassVar[Family] = Family.PLACES
    decides: ClassVar[str] = "P40"
    one: ClassVar[str] = "isolated program"
    needed: ClassVar[int] = 1
    names_services: ClassVar[tuple[str, ...]] = ()

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        return sum(event.outside for event in trace.of(Observed)), _each(trace.of(Outside))


def _each(tried: tuple[Outside, ...]) -> Iterator[Finding]:
    for event in tried:
        yield f"it tried to reach {shown(event.address)} port {event.port} ({event.transport}) at {event.t:.3f}", ()


CHECK = NoOutsideTraffic
