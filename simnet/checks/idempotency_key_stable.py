"""`idempotency_key_stable`: all tries of a call carry one key, and no other call has the same.

The header field is Idempotency-Key (draft-ietf-httpapi-idempotency-key-header). In a run without marked calls, a request
that repeats a failed one (method, target and body) with another key is the same call with its key changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Answer, Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call, calls_of
from simnet.trace.events import RequestBegan
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
    needed: ClassVar[int] = 1

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
        more = [self.differs(call, message, found.judged) for call, message in _among(calls_of(trace, self.service))]
        return Answer((*found.differences, *more), found.judged)


def _keys(call: Call) -> list[str]:
    return [one.request.idempotency_key for one in call.tries if one.request is not None]


def _among(calls: Sequence[Call]) -> Iterator[tuple[Call, str]]:
    """What is wrong between calls: the later one, and a sentence."""
    owners: dict[str, Call] = {}
    failed: dict[tuple[str, str, str], RequestBegan] = {}
    for call in calls:
        for key in dict.fromkeys(filter(None, _keys(call))):
            before = owners.setdefault(key, call)
            if before is not call:
                names = f"{shown(before.name)!r} and {shown(call.name)!r}"
                yield call, f"calls {names} carry the same key {shown(key)!r}"
        asked = [one for one in call.tries if one.request is not None]
        if call.marked or not asked:
            continue
        first, last = asked[0].request, asked[-1].request
        assert first is not None
        assert last is not None
        if (repeated := failed.pop(_what(first), None)) and repeated.idempotency_key != first.idempotency_key:
            keys = f"{shown(repeated.idempotency_key)!r} became {shown(first.idempotency_key)!r}"
            said = f"request {first.request} repeats request {repeated.request}, which failed, under another key"
            yield call, f"{said}: {keys}"
        if not asked[-1].succeeded:
            failed[_what(last)] = last


def _what(request: RequestBegan) -> tuple[str, str, str]:
    return request.method, request.target, request.body_sha256


CHECK = IdempotencyKeyStable
