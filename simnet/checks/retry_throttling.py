"""`retry_throttling`: a client that fails a lot stops retrying until things go well again (gRPC proposal A6).

A bucket holds `tokens`; each failed try takes one, each success gives `ratio` of one back. While the bucket is half
empty or less, no try may follow a failed one: calls are tried once.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck, moments
from simnet.trace.calls import calls_of
from simnet.trace.journal import Trace
from simnet.trace.tries import Try
from simnet.values import Chance


@final
class RetryThrottling(RunCheck):
    """No retry while too much has failed."""

    name: ClassVar[str] = "retry_throttling"
    summary: ClassVar[str] = "after many failures calls are tried once, until some succeed"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P25"
    one: ClassVar[str] = "try"
    needed: ClassVar[int] = 1

    tokens: int = Field(10, ge=1, le=1000, strict=True, description="how many tokens the bucket holds (maxTokens)")
    ratio: Chance = Field(Chance(100_000), description="what share of a token a success gives back (tokenRatio)")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        calls = calls_of(trace, self.service)
        again = {id(one) for call in calls for one in call.tries[1:]}
        tries = [one for call in calls for one in call.tries]
        return len(tries), self._replay(tries, again)

    def _replay(self, tries: list[Try], again: set[int]) -> Iterator[Finding]:
        tokens, half = float(self.tokens), self.tokens / 2
        for _, begins, one in moments(tries):
            if not begins:
                change = self.ratio.fraction if one.succeeded is not False else -1.0
                tokens = min(float(self.tokens), max(0.0, tokens + change))
            elif id(one) in again and tokens <= half:
                said = f"{one.name} is a retry with {tokens:.1f} of {self.tokens} tokens left"
                yield f"{said}; above {half:g} it may retry", [t for t in tries if t.began <= one.began]
                return


CHECK = RetryThrottling
