"""`identical_replay`: a retry sends what the first try sent: method, target and body.

The classic way to break it is a body that is read from a stream: the second try finds the stream at its end and sends
nothing. In a run without marked calls, requests are one call only if they are equal or carry one key; there, an empty
body behind a failed request to the same target that had one is told of.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Answer, Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call, calls_of
from simnet.trace.events import RequestBegan
from simnet.trace.journal import Trace
from simnet.trace.tries import Try
from simnet.trace.wording import shown, size


@final
class IdenticalReplay(CallCheck):
    """A retry must be the same request."""

    name: ClassVar[str] = "identical_replay"
    summary: ClassVar[str] = "a retry sends the same method, target and body again"
    family: ClassVar[Family] = Family.IDEMPOTENCY
    decides: ClassVar[str] = "P19"
    one: ClassVar[str] = "retry"

    @override
    def size(self, call: Call) -> int:
        return len(_pairs(call.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        for first, again in _pairs(call.tries):
            for what, before, after in _differing(first, again):
                yield f"request {again.request} repeats request {first.request} with another {what}: {before} became {after}"

    @override
    def answer(self, trace: Trace) -> Answer:
        found = super().answer(trace)
        calls = [call for call in calls_of(trace, self.service) if not call.marked and call.tries]
        emptied = tuple(
            self.differs(after, message, found.judged)
            for before, after in itertools.pairwise(calls)
            for message in _emptied(before.tries[-1], after.tries[0])
        )
        return Answer((*found.differences, *emptied), found.judged)


def _pairs(tries: tuple[Try, ...]) -> list[tuple[RequestBegan, RequestBegan]]:
    """Each request that did not succeed, with the next one."""
    asked = [one for one in tries if one.request is not None]
    pairs = itertools.pairwise(asked)
    return [
        (a.request, b.request) for a, b in pairs if not a.succeeded and a.request is not None and b.request is not None
    ]


def _differing(first: RequestBegan, again: RequestBegan) -> Iterator[tuple[str, str, str]]:
    for what in ("method", "target"):
        before, after = getattr(first, what), getattr(again, what)
        if before != after:
            yield what, shown(before), shown(after)
    if first.body_sha256 != again.body_sha256:
        yield "body", _body(first), _body(again)


def _body(request: RequestBegan) -> str:
    return f"{size(request.body_bytes)} ({request.body_sha256[:8]})" if request.body_bytes else "none"


def _emptied(before: Try, after: Try) -> Iterator[str]:
    first, again = before.request, after.request
    if first is None or again is None or before.succeeded or again.body_bytes or not first.body_bytes:
        return
    if (first.method, first.target) == (again.method, again.target):
        yield f"request {again.request} repeats request {first.request}, which failed, without its body of {size(first.body_bytes)}"


CHECK = IdenticalReplay
