"""`deadline`: a call ends in time, whatever the network does to it: drips, stalls, full queues, and all retries."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, ms
from simnet.trace.calls import Call
from simnet.values import Duration


@final
class Deadline(TimedCallCheck):
    """Every call must end in time."""

    name: ClassVar[str] = "deadline"
    summary: ClassVar[str] = "a call ends in time, with all its tries"
    family: ClassVar[Family] = Family.LIMITS
    decides: ClassVar[str] = "P13"
    example: ClassVar[Mapping[str, str | int | bool]] = {"within": "5s"}

    within: Duration = Field(description="how long a call may take")

    @override
    def size(self, call: Call) -> int:
        return 1

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        most = self.within.seconds
        until = call.seen_until if call.ended is None else call.ended
        if until - call.began > most + self.slack(most):
            verb = "took" if call.ended is not None else "had not ended after"
            yield f"it {verb} {ms(until - call.began)}, expected at most {ms(most)}"


CHECK = Deadline
