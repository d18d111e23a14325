"""`retry_after_honoured`: a client that is told when to come again comes no earlier (RFC 9110 section 10.2.3).

A wait that is longer than the client will bear means that it gives up, not that it comes early.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, instants, ms
from simnet.trace.calls import Call
from simnet.values import Duration


@final
class RetryAfterHonoured(TimedCallCheck):
    """No try may come before the time that Retry-After names."""

    name: ClassVar[str] = "retry_after_honoured"
    summary: ClassVar[str] = "no try comes before the time that Retry-After names"
    family: ClassVar[Family] = Family.GAPS
    decides: ClassVar[str] = "P11"
    one: ClassVar[str] = "Retry-After"

    limit: Duration | None = Field(None, description="the longest wait that the client bears; beyond it, it must give up")

    @override
    def size(self, call: Call) -> int:
        return sum(one.reply is not None and one.reply.retry_after is not None for one in call.tries)

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        for before, after in call.retries:
            if before.reply is None or before.reply.retry_after is None:
                continue
            wait, came = before.reply.retry_after, after.began - before.reply.t
            asked = f"{before.name} was answered with {before.status} and Retry-After: {wait:g}"
            if came < wait - self.slack(wait):
                yield f"{asked}; {after.name} came after {ms(came)}; {instants(call)}"
            elif self.limit is not None and wait > self.limit.seconds:
                yield f"{asked}, more than the client's limit of {self.limit}; it must give up, and {after.name} came"


CHECK = RetryAfterHonoured
