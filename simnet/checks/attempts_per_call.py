"""`attempts_per_call`: how many tries each call took, by which "gives up after three" can be said exactly.

Under a fault that always strikes, `exactly: 3` is both halves of the promise: it did try again, and it did stop.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Answer, CountCheck, Difference, Family
from simnet.trace.calls import calls_of
from simnet.trace.journal import Trace
from simnet.trace.timeline import timeline
from simnet.trace.wording import plural, shown


@final
class AttemptsPerCall(CountCheck):
    """Bound the tries of each call."""

    name: ClassVar[str] = "attempts_per_call"
    summary: ClassVar[str] = "how many tries each call takes"
    family: ClassVar[Family] = Family.RETRIES
    decides: ClassVar[str] = "P1, P2"
    one: ClassVar[str] = "try"
    example: ClassVar[Mapping[str, str | int | bool]] = {"at_most": 3}

    @override
    def differences(self, trace: Trace) -> tuple[Difference, ...]:
        return self.answer(trace).differences

    @override
    def answer(self, trace: Trace) -> Answer:
        calls = [call for call in calls_of(trace, self.service) if call.tries]
        judged = plural(len(calls), "call")
        if not calls:
            message = "too few to judge: no call made a try"
            return Answer((Difference(self.name, self.service or "", message, undecided=True),), judged)
        found = tuple(
            Difference(
                self.name,
                self.service or "",
                f"call {shown(call.name)!r} took {plural(len(call.tries), self.one)},"
                f" expected {self.bounds} (of {judged})",
                timeline(call.tries),
            )
            for call in calls
            if not self.holds(len(call.tries))
        )
        return Answer(found, judged)


CHECK = AttemptsPerCall
