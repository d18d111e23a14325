"""`concurrency`: no more requests at a time, and no more connections, than the client's limits say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, ClassVar, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_link import Finding, RunCheck
from simnet.trace.journal import Trace
from simnet.trace.tries import links_of, tries_of

Limit = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]
Stretch = tuple[float, float | None]


@final
class Concurrency(RunCheck):
    """The limits of the client must hold."""

    name: ClassVar[str] = "concurrency"
    summary: ClassVar[str] = "no more requests or connections at a time than this"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P23"
    one: ClassVar[str] = "try"
    example: ClassVar[Mapping[str, str | int | bool]] = {"tries": 4}

    tries: Limit | None = Field(None, description="how many tries may be under way at a time")
    connections: Limit | None = Field(None, description="how many connections may be open at a time")

    @model_validator(mode="after")
    def _claims_something(self) -> Self:
        if self.tries is None and self.connections is None:
            raise ValueError("it claims nothing: write `tries` or `connections`")
        return self

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        return len(tries_of(trace, self.service)), self._over(trace)

    def _over(self, trace: Trace) -> Iterator[Finding]:
        tries = tries_of(trace, self.service)
        for what, most, stretches in (
            ("tries were under way", self.tries, [(one.began, one.ended) for one in tries]),
            (
                "connections were open",
                self.connections,
                [(link.began, link.ended) for link in links_of(trace, self.service)],
            ),
        ):
            count, at = _highest(stretches)
            if most is not None and count > most:
                yield f"{count} {what} at {at:.3f}, expected at most {most}", [one for one in tries if one.began <= at]


def _highest(stretches: Iterable[Stretch]) -> tuple[int, float]:
    """The most stretches that overlap at a time, and when; what ends as another begins does not overlap it."""
    edges = [(began, 1) for began, _ in stretches] + [(ended, -1) for _, ended in stretches if ended is not None]
    count, best = 0, (0, 0.0)
    for at, step in sorted(edges):
        count += step
        if count > best[0]:
            best = (count, at)
    return best


CHECK = Concurrency
