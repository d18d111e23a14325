"""`close_honoured`: no request goes out on a connection after the reply that said `Connection: close`.

The service is free to close then, and a request that crosses its FIN is lost: the client cannot know whether it was
processed (RFC 9112 section 9.6). What came before the reply could be heard, as in a pipeline, is no fault of the client's.
GOAWAY belongs to HTTP/2, which no fake service speaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import ClassVar, final

from typing_extensions import override

from simnet.checks.contract import Family
from simnet.checks.per_call import ms
from simnet.checks.per_link import Finding, TimedRunCheck
from simnet.trace.events import BytesAfterFin, RequestBegan, RequestEnded
from simnet.trace.journal import Trace
from simnet.trace.wording import size


@final
class CloseHonoured(TimedRunCheck):
    """Nothing may be sent after `Connection: close`."""

    name: ClassVar[str] = "close_honoured"
    summary: ClassVar[str] = "no request on a connection after the reply that said `Connection: close`"
    family: ClassVar[Family] = Family.CONNECTIONS
    decides: ClassVar[str] = "P35"
    one: ClassVar[str] = "announced close"
    example: ClassVar[Mapping[str, str | int | bool]] = {}

    @override
    def judge(self, trace: Trace) -> tuple[int, Iterator[Finding]]:
        told = [event for event in trace.of(RequestEnded, self.service) if event.closes]
        return len(told), self._sent_on(trace, told)

    def _sent_on(self, trace: Trace, told: list[RequestEnded]) -> Iterator[Finding]:
        late: dict[tuple[str, int], list[tuple[float, str]]] = {}
        for began in trace.of(RequestBegan):
            late.setdefault((began.service, began.connection), []).append((began.t, f"request {began.request}"))
        for came in trace.of(BytesAfterFin):
            late.setdefault((came.service, came.connection), []).append((came.t, size(came.count)))
        for said in told:
            for at, what in late.get((said.service, said.connection), ()):
                if at - said.t > self.slack(0):
                    after = f"{ms(at - said.t)} after the reply to request {said.request}"
                    yield f"connection {said.connection}: {what} came {after}, which had announced the close", ()


CHECK = CloseHonoured
