"""`retry_budget`: retries are a small share of the traffic, so that a service in trouble is not made worse.

In any window that begins with a try, there may be `burst` retries and `share` of the first tries besides. The default
share, 10 %, is that of the SRE book (chapter 21) and of gRPC's usual tokenRatio (proposal A6).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.calls import calls_of
from simnet.trace.journal import Trace
from simnet.trace.tries import Try
from simnet.trace.wording import plural
from simnet.values import Chance, Duration


@final
class RetryBudget(RunCheck):
    """Retries must keep within a budget."""

    name: ClassVar[str] = "retry_budget"
    summary: ClassVar[str] = "in any window, retries are a small share of the first tries"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P24"
    one: ClassVar[str] = "try"

    share: Chance = Field(Chance(100_000), description="retries for each first try")
    burst: int = Field(3, ge=0, le=1_000_000, strict=True, description="retries that are let pass besides")
    window: Duration = Field(Duration(10_000_000), description="in any stretch of this length")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        marked = [(one, at > 0) for call in calls_of(trace, self.service) for at, one in enumerate(call.tries)]
        marked.sort(key=lambda pair: pair[0].began)
        return len(marked), self._over(marked)

    def _over(self, tries: list[tuple[Try, bool]]) -> Iterator[Finding]:
        start = retries = 0
        for end, (last, again) in enumerate(tries):
            retries += again
            while last.began - tries[start][0].began >= self.window.seconds:
                retries -= tries[start][1]
                start += 1
            first = end - start + 1 - retries
            if retries > self.burst + self.share.fraction * first:
                said = plural(retries, "retry")
                yield (
                    (
                        f"{said} beside {first} first tries within {self.window} up to {last.began:.3f},"
                        f" expected at most {self.burst} + {self.share} of the first tries"
                    ),
                    [one for one, _ in tries[start : end + 1]],
                )
                return


CHECK = RetryBudget
