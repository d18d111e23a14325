"""`hedging`: a second request sent while the first is slow keeps to its bounds, and the losers are called off.

Tries of one call that overlap are hedges (gRPC proposal A6): no more than `tries` of them, each begun `delay` after the
one before it or later, and all but the winner ended within `cancel` of its answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import TimedCallCheck, instants, ms
from simnet.trace.calls import Call
from simnet.trace.tries import UNSEEN
from simnet.values import Duration


@final
class Hedging(TimedCallCheck):
    """Hedged tries must keep to their bounds."""

    name: ClassVar[str] = "hedging"
    summary: ClassVar[str] = "overlapping tries are few, spaced, and called off when one has won"
    family: ClassVar[Family] = Family.LOAD
    decides: ClassVar[str] = "P37"
    one: ClassVar[str] = "hedge"
    example: ClassVar[Mapping[str, str | int | bool]] = {"tries": 3, "delay": "50ms"}

    tries: int = Field(ge=2, le=1000, strict=True, description="how many tries of a call there may be")
    delay: Duration = Field(description="how long after one the next may begin")
    cancel: Duration = Field(
        Duration(50_000), description="how soon after the winner's answer the others must have ended"
    )

    @override
    def size(self, call: Call) -> int:
        pairs = zip(call.tries, call.tries[1:], strict=False)
        return sum(before.ended is None or before.ended > after.began for before, after in pairs)

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        if len(call.tries) > self.tries:
            yield f"there were {len(call.tries)} tries, expected at most {self.tries}; {instants(call)}"
        delay = self.delay.seconds
        for before, after in zip(call.tries, call.tries[1:], strict=False):
            overlap = before.ended is None or before.ended > after.began
            if overlap and after.began - before.began < delay - self.slack(delay):
                yield f"{after.name} was sent {ms(after.began - before.began)} after {before.name}, expected {ms(delay)} or more"
        yield from self._not_called_off(call)

    def _not_called_off(self, call: Call) -> Iterator[str]:
        winner = min(
            (one for one in call.tries if one.succeeded and one.ended is not None),
            key=lambda t: t.ended or 0,
            default=None,
        )
        if winner is None or winner.ended is None:
            return
        until = winner.ended + self.cancel.seconds + self.slack(self.cancel.seconds) + UNSEEN
        for one in call.tries:
            if (
                one is not winner
                and one.began <= winner.ended
                and (call.seen_until if one.ended is None else one.ended) > until
            ):
                when = "was never called off" if one.ended is None else f"ended {ms(one.ended - winner.ended)} later"
                yield f"{winner.name} had its answer at {winner.ended:.3f}, and {one.name} {when}"


CHECK = Hedging
