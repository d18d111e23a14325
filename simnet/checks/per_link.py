"""What the checks of connections and of load share: one answer for the run, with its sample and its tolerance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Answer, Difference
from simnet.checks.sampled import SampledCheck, ToleratingCheck
from simnet.trace.journal import Trace
from simnet.trace.timeline import timeline
from simnet.trace.tries import Try

__all__ = ["Finding", "RunCheck", "TimedRunCheck", "fullest", "moments"]

Finding = tuple[str, Sequence[Try]]
"""What is wrong, and the tries that show it."""


class RunCheck(SampledCheck):
    """A claim about a run as a whole."""

    one: ClassVar[str] = "connection"

    service: str | None = Field(None, description="at which service; at all of them together, if left out")

    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        """The size of the sample, and what is wrong."""
        raise NotImplementedError

    @override
    def answer(self, trace: Trace) -> Answer:
        count, found = self.judge(trace)
        if count < self.enough():
            return self.too_few(count)
        judged = self.judged(count)
        return Answer(
            tuple(
                Difference(self.name, self.service or "", f"{message} (of {judged})", timeline(shown))
                for message, shown in found
            ),
            judged,
        )


class TimedRunCheck(RunCheck, ToleratingCheck):
    """A claim about times of a run, of which there must be one."""


def fullest(times: Iterable[float], window: float) -> tuple[int, float]:
    """The most of these instants in any window of that length (its end excluded), and when that window begins."""
    ordered, first, best = sorted(times), 0, (0, 0.0)
    for last, at in enumerate(ordered):
        while at - ordered[first] >= window:
            first += 1
        best = max(best, (last - first + 1, ordered[first]), key=lambda pair: pair[0])
    return best


def moments(tries: Iterable[Try]) -> list[tuple[float, bool, Try]]:
    """Beginnings (True) and ends in their order; of one moment ends come first, but none before its own beginning."""
    found: list[tuple[float, int, Try]] = []
    for one in tries:
        found.append((one.began, 1, one))
        if one.ended is not None:
            found.append((one.ended, 0 if one.ended > one.began else 2, one))
    return [(at, order == 1, one) for at, order, one in sorted(found, key=lambda moment: moment[:2])]
