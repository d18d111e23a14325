"""`settles`: whatever happens, a call ends: with an answer or with an error, never with silence."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import CallCheck, ms
from simnet.trace.calls import Call


@final
class Settles(CallCheck):
    """Every call must end."""

    name: ClassVar[str] = "settles"
    summary: ClassVar[str] = "every call ends, well or not, before the run does"
    family: ClassVar[Family] = Family.OUTCOME
    decides: ClassVar[str] = "P33"
    needed: ClassVar[int] = 1

    @override
    def size(self, call: Call) -> int:
        return 1

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        if call.ended is None:
            yield f"it began at {call.began:.3f} and had not ended {ms(call.seen_until - call.began)} later, when the run was over"


CHECK = Settles
