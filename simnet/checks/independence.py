"""`independence`: clients that failed at the same moment do not come back at the same moment.

Each call stands for one client. Of those whose first tries began within `window` of each other, the second tries, and
the third and so on, must not have more than `share` of their number in any one window.

It is a claim about chance, so it can err. Of crowds of 20 whose pauses are spread evenly over 250 ms (five windows) fewer
than one in 1000 is wrongly told of, over 200 ms one in 200 (20 000 drawn; tests/checks/test_independence.py counts
again); half of the crowd in place of 60 % would be one in 13. A crowd spread over 100 ms is found in 63 %, over 50 ms or
less always. A smaller crowd is not judged.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck, fullest
from simnet.trace.calls import Call, calls_of
from simnet.trace.journal import Trace
from simnet.values import Chance, Duration


@final
class Independence(RunCheck):
    """Clients must not retry in step."""

    name: ClassVar[str] = "independence"
    summary: ClassVar[str] = "clients that failed together do not come back together (statistical)"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P10"
    one: ClassVar[str] = "client"

    window: Duration = Field(Duration(50_000), description="what counts as the same moment")
    share: Chance = Field(Chance(600_000), description="the most of them in one window")
    sample: int = Field(20, ge=8, le=1_000_000, strict=True, description="how many clients it takes to judge")

    @override
    def enough(self) -> int:
        return self.sample

    @property
    @override
    def leeway(self) -> str:
        return f"window {self.window}, false alarms below 0.1 % for pauses spread over five windows"

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        calls = [call for call in calls_of(trace, self.service) if len(call.tries) > 1]
        count, at = fullest([call.tries[0].began for call in calls], self.window.seconds)
        crowd = [call for call in calls if at <= call.tries[0].began < at + self.window.seconds]
        return count, self._rounds(crowd)

    def _rounds(self, crowd: list[Call]) -> Iterator[Finding]:
        for number in range(1, max((len(call.tries) for call in crowd), default=0)):
            tries = sorted((c.tries[number] for c in crowd if len(c.tries) > number), key=lambda one: one.began)
            if len(tries) < self.sample:
                return
            together, at = fullest([one.began for one in tries], self.window.seconds)
            if together > self.share.fraction * len(tries):
                yield (
                    (
                        f"{together} of {len(tries)} clients made try {number + 1} within {self.window} (from {at:.3f} on),"
                        f" expected at most {self.share}"
                    ),
                    tries,
                )


CHECK = Independence
