"""`idempotency_key_stable`: all tries of a call carry one key, and no other call has the same.

The header field is Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). In a run without marked calls, a request
that repeats a failed one (method, target and body) with another key is the same call with its key changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Answer, Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call, calls_of
from simnet.trace.journal import Trace
from simnet.trace.wording import shown


@final
class IdempotencyKeyStable(CallCheck):
    """One key for each call."""

    name: ClassVar[str] = "idempotency_key_stable"
    summary: ClassVar[str] = "all tries of a call carry one Idempotency-Key, and no other call has it"
    family: ClassVar[Family] = Family.IDEMPOTENCY
    decides: ClassVar[str] = "P18"
    one: ClassVar[str] = "keyed request"
    figures: ClassVar[bool] = True

    @override
    def size(self, call: Call) -> int:
        return sum(bool(key) for key in _keys(call))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        keys = _keys(call)
        if len(set(keys)) > 1:
            said = ", ".join(shown(repr(key)) if key else "none" for key in dict.fromkeys(keys))
            yield f"its {len(keys)} requests carried different keys: {said}"

    @override
    def answer(self, trace: Trace) -> Answer:
        found = super().answer(trace)
        calls = calls_of(trace, self.service)
        more = tuple(
            self.differs(after, message, found.judged)
            for at, before in enumerate(calls)
            for after in calls[at + 1 :]
            for message in _between(before, after)
        )
        return Answer((*found.differences, *more), found.judged)


def _keys(call: Call) -> list[str]:
    return [one.request.idempotency_key for one in call.tries if one.request is not None]


def _between(before: Call, after: Call) -> Iterator[str]:
    """What is wrong between two calls."""
    shared = (set(_keys(before)) & set(_keys(after))) - {""}
    if shared:
        yield f"calls {shown(before.name)!r} and {shown(after.name)!r} carry the same key {shown(min(shared))!r}"
    if before.marked or not before.tries or not after.tries or before.tries[-1].succeeded:
        return
    first, again = before.tries[-1].request, after.tries[0].request
    if first is None or again is None or first.idempotency_key == again.idempotency_key:
        return
    if (first.method, first.target, first.body_sha256) == (again.method, again.target, again.body_sha256):
        keys = f"{shown(first.idempotency_key)!r} became {shown(again.idempotency_key)!r}"
        yield f"request {again.request} repeats request {first.request}, which failed, under another key: {keys}"


CHECK = IdempotencyKeyStable
