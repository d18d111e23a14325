"""`connect_rate`: no more attempts to connect in any stretch of time than this.

It finds the loop without a pause, the storm of dials when a service comes back, and the client that spins because it
has no descriptor left (each EMFILE that simnet gives it is an attempt).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck, fullest
from simnet.trace.events import Attempt
from simnet.trace.journal import Trace
from simnet.trace.tries import tries_of
from simnet.trace.wording import plural
from simnet.values import Duration


@final
class ConnectRate(RunCheck):
    """Attempts must not come too fast."""

    name: ClassVar[str] = "connect_rate"
    summary: ClassVar[str] = "no more attempts to connect in any stretch of time than this"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P6, P23, P39"
    one: ClassVar[str] = "attempt"
    example: ClassVar[Mapping[str, str | int | bool]] = {"at_most": 10}

    at_most: int = Field(ge=1, le=1_000_000, strict=True, description="how many attempts")
    per: Duration = Field(Duration(1_000_000), description="in any stretch of this length")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        times = [event.t for event in trace.of(Attempt, self.service)]
        return len(times), self._too_fast(trace, times)

    def _too_fast(self, trace: Trace, times: list[float]) -> Iterator[Finding]:
        count, at = fullest(times, self.per.seconds)
        if count > self.at_most:
            shown = [one for one in tries_of(trace, self.service) if at <= one.began < at + self.per.seconds]
            yield (
                f"there were {plural(count, 'attempt')} within {self.per} from {at:.3f} on, expected at most {self.at_most}",
                shown,
            )


CHECK = ConnectRate
