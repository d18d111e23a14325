"""`retries_stop_after_success`: once a call has its answer, it tries no more.

A try that was already under way when the answer was sent whole (a hedge) is none that starts after it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call


@final
class RetriesStopAfterSuccess(CallCheck):
    """No try of a call may begin after one of it succeeded."""

    name: ClassVar[str] = "retries_stop_after_success"
    summary: ClassVar[str] = "a call tries no more once it has a good answer"
    family: ClassVar[Family] = Family.RETRIES
    decides: ClassVar[str] = "P3"

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        good = next((one for one in call.tries if one.succeeded and one.ended is not None), None)
        if good is None or good.ended is None:
            return
        for one in call.tries:
            if one.began > good.ended:
                yield f"{good.name} was answered with {good.how} at {good.ended:.3f}, and {one.name} followed at {one.began:.3f}"


CHECK = RetriesStopAfterSuccess
