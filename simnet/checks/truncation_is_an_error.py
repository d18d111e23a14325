"""`truncation_is_an_error`: a reply that breaks off is a failure, never half a success.

A body shorter than its Content-Length, a missing last chunk, an end of TLS without close_notify: the call, or the
program, must not end as if all were well (RFC 9112 section 8). Judged are calls that say how they ended: marked ones,
and the program under `simnet run` by its exit status.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import CallCheck
from simnet.trace.calls import Call
from simnet.trace.tries import Try
from simnet.trace.wording import size


@final
class TruncationIsAnError(CallCheck):
    """A call whose last reply broke off must fail."""

    name: ClassVar[str] = "truncation_is_an_error"
    summary: ClassVar[str] = "a call whose reply broke off does not end well"
    family: ClassVar[Family] = Family.OUTCOME
    decides: ClassVar[str] = "P32"
    one: ClassVar[str] = "broken reply"
    needed: ClassVar[int] = 1

    @override
    def size(self, call: Call) -> int:
        return sum(map(_broke_off, call.tries))

    @override
    def wrong(self, call: Call) -> Iterator[str]:
        if call.outcome != "ok" or any(one.succeeded for one in call.tries):
            return
        for one in [one for one in call.tries if _broke_off(one)][-1:]:
            yield f"the reply to {one.name} broke off after {size(one.sent)} ({one.how}), and the call ended ok"


def _broke_off(one: Try) -> bool:
    return one.request is not None and one.reply is None and one.sent > 0 and one.closed_by == "service"


CHECK = TruncationIsAnError
