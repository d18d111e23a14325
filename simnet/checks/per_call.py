"""What the checks of calls share: each call is judged by itself, and the answer says how much was judged.

Law: a leaf says what is wrong with one call, and how many things of it were looked at; this turns both into an answer
with the sample size, the tolerance and the timeline. A claim about figures (a pause, a time) of which there was none is
not held but undecided: a run in which nobody tried again says nothing about how a client tries again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Answer, Check, Difference
from simnet.trace.calls import Call, calls_of
from simnet.trace.journal import Trace
from simnet.trace.timeline import timeline
from simnet.trace.wording import plural, shown
from simnet.values import Chance, Duration

__all__ = ["CallCheck", "TimedCallCheck", "instants", "ms"]


def ms(seconds: float) -> str:
    """A length of time in a message: whole milliseconds below a second, then three figures."""
    return f"{seconds * 1e3:.0f} ms" if abs(seconds) < 0.9995 else f"{seconds:.3g} s"


def instants(call: Call, most: int = 8) -> str:
    """When its tries began: `attempts at 0.000 0.204 0.235`."""
    said = [f"{one.began:.3f}" for one in call.tries[:most]]
    return f"attempts at {' '.join(said)}{' ...' if len(call.tries) > most else ''}"


class CallCheck(Check):
    """A claim about each call."""

    one: ClassVar[str] = "call"
    """What the sample is of, in the singular."""
    figures: ClassVar[bool] = False
    """Whether it is about figures, so that an empty sample leaves it undecided."""

    service: str | None = Field(None, description="at which service; at all of them, if left out")

    def wrong(self, call: Call) -> Iterator[str]:
        """A sentence for each thing that is wrong with the call."""
        raise NotImplementedError

    def size(self, call: Call) -> int:
        """How many things of the call are judged."""
        return 1 if call.tries else 0

    @property
    def needed(self) -> int:
        """How large a sample it takes to judge."""
        return 1 if self.figures else 0

    @property
    def leeway(self) -> str:
        """The tolerance, in words; "" if there is none."""
        return ""

    @override
    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        return self.answer(trace).differences

    @override
    def answer(self, trace: Trace) -> Answer:
        calls = calls_of(trace, self.service)
        count = sum(self.size(call) for call in calls)
        judged = ", ".join(filter(None, [plural(count, self.one), self.leeway]))
        if count < self.needed:
            return self.too_few(count, judged)
        several = len([call for call in calls if call.tries]) > 1
        return Answer(tuple(d for call in calls for d in self._of(call, judged, several=several)), judged)

    def too_few(self, count: int, judged: str) -> Answer:
        """The answer where the sample does not suffice."""
        message = f"too few to judge: {count} of the {plural(self.needed, self.one)} that it takes"
        return Answer((Difference(self.name, self.service or "", message, undecided=True),), judged)

    def _of(self, call: Call, judged: str, *, several: bool) -> Iterator[Difference]:
        where = f"call {shown(call.name)!r}: " if call.marked or several else ""
        messages = list(self.wrong(call))
        for message in messages[:-1]:
            yield Difference(self.name, self.service or "", f"{where}{message} (of {judged})")
        for message in messages[-1:]:
            yield self.differs(call, f"{where}{message}", judged)

    def differs(self, call: Call, message: str, judged: str) -> Difference:
        """The difference, with the timeline of the call: of several the last has it."""
        return Difference(self.name, self.service or "", f"{message} (of {judged})", timeline(call.tries))


class TimedCallCheck(CallCheck):
    """A claim about times, with a tolerance: clocks and schedulers are not exact, and the service sees late."""

    figures: ClassVar[bool] = True

    tolerance: Duration = Field(Duration(20_000), description="how much too early or late is let pass")
    tolerance_share: Chance = Field(Chance(50_000), description="and what share of the promised time")

    def slack(self, seconds: float) -> float:
        """The tolerance of a promise of so many seconds."""
        return self.tolerance.seconds + seconds * self.tolerance_share.fraction

    @property
    @override
    def leeway(self) -> str:
        return f"tolerance {self.tolerance} + {self.tolerance_share}"
