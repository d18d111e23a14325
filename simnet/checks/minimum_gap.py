"""`minimum_gap`: between a failed try and the next one some time must pass; a loop without a pause is an attack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, instants, ms
from simnet.trace.calls import Call
from simnet.values import Duration


@final
class MinimumGap(TimedCallCheck):
    """Every pause must have a length."""

    name: ClassVar[str] = "minimum_gap"
    summary: ClassVar[str] = "no pause between two tries is shorter than this"
    family: ClassVar[Family] = Family.GAPS
    decides: ClassVar[str] = "P6"
    one: ClassVar[str] = "gap"
    example: ClassVar[Mapping[str, str | int | bool]] = {"at_least": "100ms"}

    at_least: Duration = Field(description="the shortest pause that is let pass")

    @override
    def size(self, call: Call) -> int:
        return len(call.gaps())

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        least = self.at_least.seconds
        for gap in call.gaps():
            if gap.most < least - self.slack(least):
                yield f"gap {gap.number} was {ms(gap.most)}; minimum_gap promises at least {ms(least)}; {instants(call)}"


CHECK = MinimumGap
