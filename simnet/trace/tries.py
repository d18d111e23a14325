"""Tries: what a client did in order to get one thing done once, put together from attempts, connections and requests.

Law: pure, and from what the service saw. A request is one try, from the SYN of its connection if it is the first on
it. An attempt that carried no request is a try too: it was refused, held back, reset, or the service has no requests.
A try that nobody answered ends when its connection does; one that the client gave up was noticed up to `UNSEEN` later,
so that its end is an interval, and checks judge by the end of it that is in the client's favour.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from simnet.trace.events import (
    Accepted,
    Answered,
    Attempt,
    AttemptOver,
    BytesIn,
    BytesOut,
    Closed,
    Queried,
    RequestBegan,
    RequestEnded,
    TakenDown,
)
from simnet.trace.journal import Trace

__all__ = ["IDEMPOTENT", "UNSEEN", "Asked", "Link", "Try", "asked_on", "links_of", "tries_of"]

UNSEEN = 0.25
"""Seconds until the service notices that a client which it keeps waiting has left (the longest poll in world/cut.py)."""

IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})
"""RFC 9110 section 9.2.2."""


@dataclass(frozen=True, slots=True)
class Link:
    """One connection: when it was accepted and closed (None: it was open when the trace ends), by whom and how."""

    service: str
    number: int
    attempt: int
    began: float
    ended: float | None
    by: str
    how: str
    bytes_in: int
    bytes_out: int
    last_in: float | None
    """When the last bytes of the client came."""
    last_out: float | None
    """When the last bytes of the service left."""


@dataclass(frozen=True, slots=True)
class Try:
    """One try. `ended` is None if it had no end; it ended no earlier than `ended_after`."""

    service: str
    began: float
    ended: float | None
    ended_after: float | None
    attempt: int
    """The number of the attempt that carried it, 0 if that is not known."""
    connection: int
    """The number of its connection, 0 if there was none."""
    request: RequestBegan | None
    reply: RequestEnded | None
    fresh: bool
    """Whether it is the first on its connection."""
    sent: int
    """Bytes of the service that left for this try, whole reply or not."""
    closed_by: str
    """Who ended the connection on which it was left unanswered; "" if it was answered or never ended."""
    how: str
    """In a word: `200`, `refused`, `RST by service` ..."""
    call: str
    """The call that it says it belongs to, "" if none."""
    succeeded: bool | None
    """True: answered with a status below 400; False: not, or unanswered; None: the service's protocol does not tell."""
    looks_up: bool = False
    """Whether it asked a resolver: what that answers is none of the statuses of HTTP."""

    @property
    def status(self) -> int | None:
        """The status of the reply, None if there was none, or none of HTTP."""
        return None if self.reply is None or self.looks_up else self.reply.status

    @property
    def name(self) -> str:
        """How messages name it: `request 2`, `attempt 1`."""
        return f"attempt {self.attempt}" if self.request is None else f"request {self.request.request}"


def links_of(trace: Trace, service: str | None = None) -> tuple[Link, ...]:
    """Every connection, in the order of accept; what we closed in taking the network down was open to the end."""
    down = min((e.t for e in trace.of(TakenDown)), default=math.inf)
    ends = [e for e in trace.of(Closed, service) if e.by != "service" or e.t < down]
    closed = {(e.service, e.connection): e for e in reversed(ends)}
    last_in = {(e.service, e.connection): e.t for e in trace.of(BytesIn, service)}
    last_out = {(e.service, e.connection): e.t for e in trace.of(BytesOut, service)}
    keyed = [(e, (e.service, e.connection)) for e in trace.of(Accepted, service)]
    return tuple(_link(e, closed.get(key), last_in.get(key), last_out.get(key)) for e, key in keyed)


def _link(event: Accepted, closed: Closed | None, last_in: float | None, last_out: float | None) -> Link:
    ended, by, how = (None, "", "") if closed is None else (closed.t, closed.by, closed.how)
    received, sent = (0, 0) if closed is None else (closed.bytes_in, closed.bytes_out)
    return Link(
        event.service, event.connection, event.attempt, event.t, ended, by, how, received, sent, last_in, last_out
    )  # fmt: skip


Asked = Mapping[tuple[str, int], Sequence[tuple[RequestBegan, RequestEnded | None]]]
"""What was asked on each connection, named by service and number, with the replies that were sent whole."""


def asked_on(trace: Trace) -> Asked:
    """The requests of each connection that had any, in their order."""
    replies = {(e.service, e.request): e for e in trace.of(RequestEnded)}
    found: dict[tuple[str, int], list[tuple[RequestBegan, RequestEnded | None]]] = {}
    for e in trace.of(RequestBegan):
        found.setdefault((e.service, e.connection), []).append((e, replies.get((e.service, e.request))))
    return found


def tries_of(trace: Trace, service: str | None = None) -> tuple[Try, ...]:
    """Every try at the service, or at all, in the order in which they began."""
    services = dict.fromkeys(e.service for e in trace.events if e.service and service in {None, e.service})
    found = [one for name in services for one in _Gathering(trace, name).tries()]
    return tuple(sorted(found, key=lambda one: one.began))


class _Gathering:
    """The tries of one service."""

    def __init__(self, trace: Trace, service: str) -> None:
        self._service = service
        self._attempts = {e.number: e for e in trace.of(Attempt, service)}
        self._overs = {e.number: e for e in trace.of(AttemptOver, service)}
        self._links = {link.number: link for link in links_of(trace, service)}
        self._replies = {e.request: e for e in trace.of(RequestEnded, service)}
        self._rcodes = {e.request: e.rcode for e in trace.of(Answered, service)}
        self._queries = {e.request for e in trace.of(Queried, service)}
        self._requests: dict[int, list[RequestBegan]] = {}
        for request in trace.of(RequestBegan, service):
            self._requests.setdefault(request.connection, []).append(request)
        self._sent: dict[int, list[BytesOut]] = {}
        for out in trace.of(BytesOut, service):
            self._sent.setdefault(out.connection, []).append(out)

    def tries(self) -> Iterator[Try]:
        """In no order."""
        carried: set[int] = set()
        for connection, requests in self._requests.items():
            link = self._links.get(connection)
            carried.add(link.attempt if link else 0)
            for request, following in zip(requests, [*requests[1:], None], strict=True):
                yield self._of_request(request, link, following, fresh=request is requests[0])
        by_attempt = {link.attempt: link for link in self._links.values()}
        for number, attempt in self._attempts.items():
            if number not in carried:
                yield self._of_attempt(attempt, by_attempt.get(number))

    def _of_request(
        self, request: RequestBegan, link: Link | None, following: RequestBegan | None, *, fresh: bool
    ) -> Try:
        reply = self._replies.get(request.request)
        attempt = self._attempts.get(link.attempt) if link else None
        began = attempt.t if fresh and attempt is not None else request.t
        over = (reply.t if reply else None) or (link.ended if link else None)
        ends = [event.t for event in (reply, following) if event is not None]
        until = min(ends, default=math.inf)
        sent = sum(out.count for out in self._sent.get(request.connection, ()) if request.t <= out.t <= until)
        by = "" if reply is not None or link is None else link.by
        looks_up = request.request in self._queries
        said = "" if reply is None else self._rcodes.get(request.request, f"{reply.status}")
        how = said or (f"{link.how} by {link.by}" if by and link else "unanswered")
        succeeded = reply is not None and reply.status < 400
        return Try(
            self._service, began, over, _earliest(over, by, request.t), link.attempt if link else 0, request.connection,
            request, reply, fresh, sent, by, how, request.call or (attempt.call if attempt and fresh else ""),
            None if looks_up and reply is not None else succeeded, looks_up,
        )  # fmt: skip

    def _of_attempt(self, attempt: Attempt, link: Link | None) -> Try:
        over = self._overs.get(attempt.number)
        if link is None:
            refused = attempt.door == "refuse" or (over is not None and over.outcome == "refused")
            ended = attempt.t if refused else attempt.t + over.seconds if over is not None else None
            how = "refused" if refused else over.outcome.replace("_", " ") if over is not None else "unanswered"
            after, by, sent = ended, "" if refused or over is None else "client", 0
            succeeded: bool | None = False
        else:
            ended, by, sent = link.ended, link.by, link.bytes_out
            after, how = _earliest(ended, by, link.began), f"{link.how} by {by}" if by else "open"
            # Without requests nobody says what a success is; who left before a word was said had none, though.
            unknown = not self._requests and link.how == "FIN" and (sent > 0 or not link.bytes_in)
            succeeded = None if unknown else False
        return Try(
            self._service, attempt.t, ended, after, attempt.number, link.number if link else 0,
            request=None, reply=None, fresh=True, sent=sent, closed_by=by, how=how, call=attempt.call, succeeded=succeeded,
        )  # fmt: skip


def _earliest(ended: float | None, by: str, began: float) -> float | None:
    """The earliest moment at which it may have ended for the client."""
    return ended if ended is None or by != "client" else max(began, ended - UNSEEN)
