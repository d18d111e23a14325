"""`retries_transient_failures`: a failure that may pass is tried again, until it works or so many tries are made.

Transient is: no whole answer, 408, 425, 429, 500, 502, 503, 504. A call that ends while its last try failed so, with
tries left, gave up too early; one whose last try was answered well must not fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call
from simnet.trace.tries import Try
from simnet.values import Numbers


@final
class RetriesTransientFailures(CallCheck):
    """A call must go on trying after transient failures."""

    name: ClassVar[str] = "retries_transient_failures"
    summary: ClassVar[str] = "a failure that may pass is tried again, up to so many tries"
    family: ClassVar[Family] = Family.RETRIES
    decides: ClassVar[str] = "P5"
    needed: ClassVar[int] = 1
    example: ClassVar[Mapping[str, str | int | bool]] = {"tries": 3}

    tries: int = Field(ge=2, le=1000, strict=True, description="how many tries a call has in all")
    statuses: Numbers = Field(Numbers.parse("408,425,429,500,502-504"), description="the statuses that may pass")

    @override
    def size(self, call: Call) -> int:
        return int(bool(call.tries) and (call.ended is not None or len(call.tries) >= self.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        if not call.tries or call.ended is None:
            return  # it may be about to try again
        last, made = call.tries[-1], len(call.tries)
        if self._may_pass(last) and made < self.tries:
            yield f"it gave up after {made} of {self.tries} tries, though {last.name} ({last.how}) failed in a way that may pass"
        if last.succeeded and call.outcome not in {"", "ok"}:
            yield f"{last.name} was answered with {last.how}, and the call failed all the same: {call.outcome}"

    def _may_pass(self, one: Try) -> bool:
        return one.succeeded is False and (one.reply is None or one.status in self.statuses)


CHECK = RetriesTransientFailures
