"""`recovery_time`: when the service works again, the client notices soon.

Measured from the end of the trouble (the last time that a fault struck the service, or that its door was not open) to
the client's first success after it. That pauses begin anew after a success is for `backoff: {resets: true}` to judge.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import ms
from simnet.checks.per_link import Finding, TimedRunCheck
from simnet.trace.events import Applied, DoorSet
from simnet.trace.journal import Trace
from simnet.trace.tries import Try, tries_of
from simnet.values import Duration


@final
class RecoveryTime(TimedRunCheck):
    """The client must find a service that is back."""

    name: ClassVar[str] = "recovery_time"
    summary: ClassVar[str] = "when a service works again, the client succeeds soon"
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P28"
    one: ClassVar[str] = "troubled service"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "5s"}

    within: Duration = Field(description="how long after the trouble the first success may come")

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        troubles = _troubles(trace, self.service)
        return len(troubles), self._slow(trace, troubles)

    def _slow(self, trace: Trace, troubles: dict[str, float]) -> Iterator[Finding]:
        most = self.within.seconds
        for service, over in troubles.items():
            tries = tries_of(trace, service)
            good = next((one for one in tries if _worked(one) and one.ended is not None and one.ended >= over), None)
            until = trace.events[-1].t if good is None or good.ended is None else good.ended
            if until - over > most + self.slack(most):
                said = "its first success came" if good else "it had not succeeded"
                yield (
                    f"the trouble was over at {over:.3f}, and {said} {ms(until - over)} later, expected {ms(most)}",
                    tries,
                )


def _troubles(trace: Trace, service: str | None) -> dict[str, float]:
    """When each service that was in trouble was in it last: a door that opens ends it, and so does the last strike."""
    found: dict[str, float] = {}
    doors: dict[str, str] = {}
    for event in trace.events:
        if service not in {None, event.service}:
            continue
        if isinstance(event, Applied):
            found[event.service] = event.t
        elif isinstance(event, DoorSet):
            if doors.get(event.service, "open") != "open" and event.service in found:
                found[event.service] = event.t
            doors[event.service] = event.door
    return found


def _worked(one: Try) -> bool:
    return one.succeeded is not False


CHECK = RecoveryTime
