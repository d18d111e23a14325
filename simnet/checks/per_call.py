"""What the checks of calls share: each call is judged by itself, and the answer says how much was judged.

Law: a leaf says what is wrong with one call, and how many things of it were looked at; this turns both into an answer
with the sample size, the tolerance and the timeline. A claim about times (a pause, a wait) of which there was none is
not held but undecided: a run in which nobody tried again says nothing about how a client tries again.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from typing_extensions import override

from simnet.checks.contract import Answer, Difference
from simnet.checks.sampled import SampledCheck, ToleratingCheck
from simnet.trace.calls import Call, calls_of
from simnet.trace.journal import Trace
from simnet.trace.timeline import timeline
from simnet.trace.wording import shown

__all__ = ["CallCheck", "TimedCallCheck", "instants", "ms"]


def ms(seconds: float) -> str:
    """A length of time in a message: whole milliseconds below a second, then three figures."""
    return f"{seconds * 1e3:.0f} ms" if abs(seconds) < 0.9995 else f"{seconds:.3g} s"


def instants(call: Call, most: int = 8) -> str:
    """When its tries began: `attempts at 0.000 0.204 0.235`."""
    said = [f"{one.began:.3f}" for one in call.tries[:most]]
    return f"attempts at {' '.join(said)}{' ...' if len(call.tries) > most else ''}"


class CallCheck(SampledCheck):
    """A claim about each call."""

    one: ClassVar[str] = "call"

    def wrong(self, call: Call) -> Iterator[str]:
        """A sentence for each thing that is wrong with the call."""
        raise NotImplementedError

    def size(self, call: Call) -> int:
        """How many things of the call are judged."""
        return 1 if call.tries else 0

    @override
    def answer(self, trace: Trace) -> Answer:
        calls = calls_of(trace, self.service)
        count = sum(self.size(call) for call in calls)
        if count < self.enough():
            return self.too_few(count)
        judged = self.judged(count)
        several = len([call for call in calls if call.tries]) > 1
        return Answer(tuple(d for call in calls for d in self._of(call, judged, several=several)), judged)

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


class TimedCallCheck(CallCheck, ToleratingCheck):
    """A claim about times of each call, of which there must be one."""
