"""`connect_timeout`: a SYN that nobody answers is given up in time.

On loopback the kernel sends the SYN again after 1, 3 and 7 seconds (RFC 6298), so a connect that succeeds late does so
at these times; one that is given up ends when the client says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, ms
from simnet.trace.calls import Call
from simnet.trace.tries import Try
from simnet.values import Duration


@final
class ConnectTimeout(TimedCallCheck):
    """An unanswered connect must be given up in time."""

    name: ClassVar[str] = "connect_timeout"
    summary: ClassVar[str] = "a connect that nobody answers is given up in time"
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P15"
    one: ClassVar[str] = "unanswered connect"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "2s"}

    within: Duration = Field(description="after how long it must have been given up")

    @override
    def size(self, call: Call) -> int:
        return sum(map(_unanswered, call.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        most = self.within.seconds
        for one in filter(_unanswered, call.tries):
            until = call.seen_until if one.ended is None else one.ended
            if until - one.began > most + self.slack(most):
                verb = "still waited" if one.ended is None else "was given up"
                yield f"{one.name} {verb} after {ms(until - one.began)}, expected at most {ms(most)}"


def _unanswered(one: Try) -> bool:
    return one.request is None and one.connection == 0 and one.how in {"unanswered", "gave up"}


CHECK = ConnectTimeout
