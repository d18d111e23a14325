"""`backoff`: the pauses between tries grow, as exponential backoff promises.

The i-th gap (from 0) of a call is promised to lie between min(cap, base * factor^i) * (1 - jitter) and, where a cap is
said, cap * (1 + jitter). Without a base, `grows` compares each gap with the one before it, as far as the jitter lets it.

With `jitter: any` (full jitter, 100%: anything between nothing and the whole) no single gap is too short. `grows` then
compares halves: the later half of a call's gaps must be at least 1.2 times as long as the earlier one, and a call takes
five gaps to be judged. A client with full jitter and factor 2 is wrongly told of in 1.3 % of such calls (100 000 drawn;
tests/checks/test_backoff.py counts again), and one whose gaps do not grow is found in 57 %.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, instants, ms
from simnet.trace.calls import Call, Gap
from simnet.values import Chance, Duration

HALVES = 1.2
ENOUGH = 5
"""Gaps that a call must have for its halves to be compared."""


@final
class Backoff(TimedCallCheck):
    """The pauses must grow as promised."""

    name: ClassVar[str] = "backoff"
    summary: ClassVar[str] = "the pauses between tries grow, from a base by a factor up to a cap"
    family: ClassVar[Family] = Family.GAPS
    decides: ClassVar[str] = "P7, P8, P28"
    one: ClassVar[str] = "gap"
    example: ClassVar[Mapping[str, str | int | bool]] = {"base": "200ms", "factor": 2}

    base: Duration | None = Field(None, description="the first pause")
    factor: float = Field(2.0, ge=1, le=100, description="how many times longer each is than the one before")
    cap: Duration | None = Field(None, description="no pause is longer than this")
    jitter: Chance | Literal["any"] = Field(
        Chance(0), description="how much of a pause is left to chance, up or down; any is 100%"
    )
    grows: bool = Field(default=True, strict=True, description="whether each pause is longer than the one before")
    resets: bool = Field(default=False, strict=True, description="whether each call begins again at the base")

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if self.base is None and self.cap is None and not self.grows:
            raise ValueError("it claims nothing: write `base`, `cap` or `grows: true`")
        if self.resets and self.base is None:
            raise ValueError("`resets` says that a call begins at the base: write `base`, too")
        if self.base is not None and self.cap is not None and self.cap < self.base:
            raise ValueError(f"the cap {self.cap} is below the base {self.base}: write a longer cap")
        return self

    @override
    def size(self, call: Call) -> int:
        found = len(call.gaps())
        return found if not self._by_halves or self.base or self.cap or found >= ENOUGH else 0

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        gaps = call.gaps()
        for gap in gaps:
            yield from (f"{message}; {instants(call)}" for message in self._one_gap(gap))
        longest = max((gap.most for gap in gaps), default=0.0)
        if self.grows and self.base is None and len(gaps) > 1 and longest < self.tolerance.seconds:
            yield f"no gap was longer than {ms(longest)}, which cannot be told from no pause at all; {instants(call)}"
        elif self.grows and self._by_halves:
            yield from self._halves(call, gaps)
        elif self.grows and self.base is None:
            yield from self._steps(call, gaps)

    @property
    def _chance(self) -> float:
        return 1.0 if self.jitter == "any" else self.jitter.fraction

    @property
    def _by_halves(self) -> bool:
        return self._chance == 1

    @property
    def _said(self) -> str:
        said = {"base": self.base, "factor": f"{self.factor:g}" if self.base else None, "cap": self.cap}
        given = [f"{name}={value}" for name, value in said.items() if value is not None]
        return f"backoff({', '.join([*given, *([f'jitter={self.jitter}'] if self._chance else [])])})"

    def _due(self, number: int) -> float:
        """The pause that is promised for the gap of that number, before jitter; 0 if none is."""
        if self.base is None:
            return 0.0
        cap = self.cap.seconds if self.cap is not None else 24 * 3600.0
        try:
            return float(min(cap, self.base.seconds * self.factor ** (number - 1 if self.grows else 0)))
        except OverflowError:
            return cap

    def _one_gap(self, gap: Gap) -> Iterator[str]:
        due = self._due(gap.number)
        least = due * (1 - self._chance)
        if gap.most < least - self.slack(least):
            yield f"gap {gap.number} was {ms(gap.most)}; {self._said} promises at least {ms(least)}"
        for bound, why in (
            (self.cap, "no more than"),
            (self.base if self.resets and gap.number == 1 else None, "to begin with"),
        ):
            most = 0.0 if bound is None else bound.seconds * (1 + self._chance)
            if bound is not None and gap.least > most + self.slack(most):
                yield f"gap {gap.number} was {ms(gap.least)}; {self._said} promises {why} {ms(most)}"

    def _steps(self, call: Call, gaps: tuple[Gap, ...]) -> Iterator[str]:
        shrink = (1 - self._chance) / (1 + self._chance)
        for before, after in itertools.pairwise(gaps):
            least = min(before.least, self.cap.seconds if self.cap else before.least) * shrink
            if after.most < least - self.slack(least):
                yield (
                    f"gap {after.number} was {ms(after.most)}, after one of {ms(before.least)};"
                    f" {self._said} promises at least {ms(least)}; {instants(call)}"
                )

    def _halves(self, call: Call, gaps: tuple[Gap, ...]) -> Iterator[str]:
        if len(gaps) < ENOUGH or (self.cap is not None and gaps[-1].most >= self.cap.seconds * 0.5):
            return  # at the cap there is nothing left to grow
        half = len(gaps) // 2
        early = sum(gap.least for gap in gaps[:half]) / half
        late = sum(gap.most for gap in gaps[-half:]) / half
        if late < HALVES * early - self.slack(early):
            yield (
                f"the last {half} gaps were {ms(late)} on average, the first {half} {ms(early)}; {self._said} promises at least"
                f" {HALVES:g} times that (false alarms 1.3 % with full jitter and factor 2); {instants(call)}"
            )


CHECK = Backoff
