"""`attempt_timeout`: a try that gets no answer is given up after the client's timeout, and its connection is closed.

Judged are connections on which a try was left unanswered and which the service did not end. A connection that is only
abandoned, and stays open, has not been given up: it holds a descriptor here and there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, ms
from simnet.trace.calls import Call
from simnet.trace.tries import Try
from simnet.values import Duration


@final
class AttemptTimeout(TimedCallCheck):
    """A stalled try must be given up in time."""

    name: ClassVar[str] = "attempt_timeout"
    summary: ClassVar[str] = "a try that gets no answer is given up and closed in time"
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P14"
    one: ClassVar[str] = "stalled try"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "2s"}

    within: Duration = Field(description="after how long it must have been closed")
    at_least: Duration | None = Field(None, description="and how long the client must have waited")

    @model_validator(mode="after")
    def _some_time_between(self) -> Self:
        if self.at_least is not None and self.at_least > self.within:
            raise ValueError(
                f"nothing lasts at least {self.at_least} and ends within {self.within}: write a shorter `at_least`"
            )
        return self

    @override
    def size(self, call: Call) -> int:
        return sum(map(_stalled, call.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        most = self.within.seconds
        for one in filter(_stalled, call.tries):
            if one.ended is None or one.ended_after is None:
                if call.seen_until - one.began > most + self.slack(most):
                    yield f"{one.name} had no answer and was still open after {ms(call.seen_until - one.began)}, expected {ms(most)}"
            elif one.ended_after - one.began > most + self.slack(most):
                yield f"{one.name} had no answer and was closed after {ms(one.ended_after - one.began)}, expected {ms(most)}"
            elif self.at_least is not None:
                least, lasted = self.at_least.seconds, one.ended - one.began
                if lasted < least - self.slack(least):
                    yield f"{one.name} was given up after {ms(lasted)}, expected at least {ms(least)}"


def _stalled(one: Try) -> bool:
    return one.connection > 0 and one.reply is None and one.succeeded is False and one.closed_by in {"", "client"}


CHECK = AttemptTimeout
