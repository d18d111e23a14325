"""`stale_connection_retried_once`: a kept connection that turns out dead is replaced once, for requests that allow it.

A request on a reused connection that got no byte of a reply may be sent again at once, by itself, on a new connection,
if it is idempotent (RFC 9110 section 9.2.2) or carries an Idempotency-Key; a failed automatic retry must not be retried
automatically again (RFC 9112 section 9.3.1).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from pydantic import Field
from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import CallCheck, ms
from simnet.trace.calls import Call
from simnet.trace.tries import IDEMPOTENT, Try
from simnet.values import Duration


@final
class StaleConnectionRetriedOnce(CallCheck):
    """An automatic retry is made once, anew, and only where it does no harm."""

    name: ClassVar[str] = "stale_connection_retried_once"
    summary: ClassVar[str] = (
        "a request lost on a kept connection is sent again once at most, on a new one, if that is safe"
    )
    family: ClassVar[Family] = Family.IDEMPOTENCY
    decides: ClassVar[str] = "P20"
    one: ClassVar[str] = "stale request"
    needed: ClassVar[int] = 1

    at_once: Duration = Field(Duration(50_000), description="a try that comes sooner is an automatic one")

    @override
    def size(self, call: Call) -> int:
        return sum(map(_is_stale, call.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        automatic = 0
        for before, after in call.retries:
            gap = after.began - (before.ended if before.ended is not None else after.began)
            at_once = gap < self.at_once.seconds and (automatic > 0 or _is_stale(before))
            automatic = automatic + 1 if at_once else 0
            if automatic == 1:
                yield from _first(before, after)
            elif automatic > 1:
                yield f"{after.name} is automatic retry {automatic}, {ms(gap)} after {before.name} failed; one is allowed"


def _first(before: Try, after: Try) -> Iterator[str]:
    request = before.request
    if request is not None and request.method not in IDEMPOTENT and not request.idempotency_key:
        yield f"{before.name} is a {request.method} without a key, was lost on a kept connection, and was sent again by itself"
    if after.connection == before.connection:
        yield f"{after.name} went out on connection {after.connection} again, on which {before.name} was lost"


def _is_stale(one: Try) -> bool:
    return (
        one.request is not None and not one.fresh and one.reply is None and one.sent == 0 and one.closed_by == "service"
    )


CHECK = StaleConnectionRetriedOnce
