"""`jitter`: the pauses of different calls differ, so that clients which failed together do not come back together.

Gaps of the same number are compared across calls: each is divided by their mean, and of all these ratios the standard
deviation must be at least `spread`, and no window as wide as `spread` may hold more than half of them.

It is a claim about chance, so it can err. With the default sample of 20 and a spread of 5 %, none of 20 000 runs with full
jitter (0 to 1) or equal jitter (0.5 to 1) was wrongly told of, and fewer than one in 1000 with +-20 %; with +-10 % it is one
in six, so ask for a smaller `spread` there (tests/checks/test_jitter.py counts again). A client without jitter is always
found. A smaller sample is not judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck, fullest
from simnet.trace.calls import calls_of
from simnet.trace.journal import Trace
from simnet.trace.tries import Try
from simnet.values import Chance, Duration


@final
class Jitter(RunCheck):
    """The pauses must be spread by chance."""

    name: ClassVar[str] = "jitter"
    summary: ClassVar[str] = "the pauses of different calls are spread by chance (statistical)"
    family: ClassVar[Family] = Family.GAPS
    decides: ClassVar[str] = "P9"
    one: ClassVar[str] = "gap"

    spread: Chance = Field(Chance(50_000), description="the least standard deviation, as a share of the mean pause")
    floor: Duration = Field(Duration(20_000), description="pauses shorter than this, on average, are noise and no sample")
    sample: int = Field(20, ge=10, le=1_000_000, strict=True, description="how many gaps it takes to judge")

    @override
    def enough(self) -> int:
        return self.sample

    @property
    @override
    def leeway(self) -> str:
        return "false alarms below 0.1 % for a jitter of +-20 % or more"

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        groups: dict[int, list[float]] = {}
        tries: list[Try] = []
        for call in calls_of(trace, self.service):
            for gap in call.gaps():
                groups.setdefault(gap.number, []).append((gap.least + gap.most) / 2)
            tries += call.tries[:2]
        means = {number: math.fsum(gaps) / len(gaps) for number, gaps in groups.items() if len(gaps) > 1}
        judged = [number for number, mean in means.items() if mean >= self.floor.seconds]
        ratios = [gap / means[number] for number in judged for gap in groups[number]]
        return len(ratios), self._spread(ratios, len(ratios) - len(judged), sorted(tries, key=lambda one: one.began))

    def _spread(self, ratios: list[float], free: int, tries: list[Try]) -> Iterator[Finding]:
        if not ratios:
            return
        least = self.spread.fraction
        deviation = math.sqrt(math.fsum((ratio - 1) ** 2 for ratio in ratios) / free)
        alike = fullest(ratios, least)[0] / len(ratios)
        if deviation < least:
            yield (
                f"the pauses differ by {deviation:.1%} of their mean (standard deviation), expected at least {self.spread}",
                tries,
            )
        elif alike > 0.5:
            yield f"{alike:.0%} of the pauses are alike to within {self.spread}, expected at most 50%", tries


CHECK = Jitter
