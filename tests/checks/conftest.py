"""Traces written by hand: each line says what one try of a client met, in seconds since the network came up."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

import pytest

from simnet.checks import CHECKS
from simnet.trace.events import (
    Accepted,
    Attempt,
    AttemptOver,
    BytesIn,
    BytesOut,
    CallBegan,
    CallEnded,
    Closed,
    Event,
    RequestBegan,
    RequestEnded,
    TakenDown,
)
from simnet.trace.journal import Trace

API = "api"


class Story:
    """A trace in the making; every method gives the story back."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._numbers: Counter[str] = Counter()

    def trace(self, *, until: float | None = None) -> Trace:
        """What was told, in the order of time; `until`: the network is taken down then."""
        events = sorted(self._events, key=lambda event: event.t)
        return Trace("by hand", 0, (*events, *([] if until is None else [TakenDown(t=until)])))

    def call(self, began: float, ended: float | None = None, outcome: str = "ok", *, name: str = "get /x") -> Story:
        """A marked call; its id is call-1, call-2 and so on."""
        call = f"call-{self._next('call')}"
        self._events.append(CallBegan(t=began, call=call, name=name))
        if ended is not None:
            self._events.append(CallEnded(t=ended, call=call, outcome=outcome))
        return self

    def add(self, event: Event) -> Story:
        """Any event."""
        self._events.append(event)
        return self

    def refused(self, *at: float, service: str = API, call: str = "") -> Story:
        """Attempts that are refused at once."""
        for t in at:
            self._attempt(t, service, "refuse", call)
        return self

    def silent(self, t: float, until: float | None = None, service: str = API) -> Story:
        """A SYN without an answer, given up at `until`."""
        number = self._attempt(t, service, "drop")
        if until is not None:
            over = {"number": number, "outcome": "gave_up", "seconds": until - t, "syns": 1}
            self._events.append(AttemptOver(t=until, service=service, **over))  # type: ignore[arg-type]
        return self

    def opened(
        self, t: float, until: float | None = None, *, by: str = "client", how: str = "FIN", received: int = 0,
        sent: int = 0, service: str = API,
    ) -> Story:  # fmt: skip
        """A connection without a request."""
        connection = self._connection(t, service)
        if received:
            self._events.append(BytesIn(t=t, service=service, connection=connection, count=received))
        if sent:
            self._events.append(BytesOut(t=t, service=service, connection=connection, count=sent))
        return self._closed(until, service, connection, by, how, received, sent)

    def answered(
        self, t: float, until: float, status: int = 200, *, on: int = 0, closed: float | None = None,
        retry_after: float | None = None, service: str = API, **said: str,
    ) -> Story:  # fmt: skip
        """A request that is answered whole at `until`, on a new connection or on that number."""
        connection, request = self._request(t, on, service, **said)
        self._events.append(BytesOut(t=until, service=service, connection=connection, count=100))
        end = {"connection": connection, "request": request, "status": status, "retry_after": retry_after}
        self._events.append(RequestEnded(t=until, service=service, **end))  # type: ignore[arg-type]
        return self._closed(closed, service, connection, "client", "FIN", 50, 100)

    def lost(
        self, t: float, until: float | None, *, by: str = "service", how: str = "RST", sent: int = 0, on: int = 0,
        service: str = API, **said: str,
    ) -> Story:  # fmt: skip
        """A request without a whole answer, whose connection ends at `until`."""
        connection, _ = self._request(t, on, service, **said)
        if sent:
            self._events.append(BytesOut(t=t, service=service, connection=connection, count=sent))
        return self._closed(until, service, connection, by, how, 50, sent)

    def _request(
        self, t: float, on: int, service: str, *, method: str = "GET", target: str = "/", body: str = "",
        key: str = "", call: str = "",
    ) -> tuple[int, int]:  # fmt: skip
        connection = on or self._connection(t, service)
        request = self._next(f"{service} request")
        digest = hashlib.sha256(body.encode()).hexdigest() if body else ""
        self._events.append(BytesIn(t=t, service=service, connection=connection, count=50))
        self._events.append(
            RequestBegan(
                t=t,
                service=service,
                connection=connection,
                request=request,
                method=method,
                target=target,
                body_bytes=len(body),
                body_sha256=digest,
                idempotency_key=key,
                call=call,
            )
        )
        return connection, request

    def _connection(self, t: float, service: str) -> int:
        attempt, connection = self._attempt(t, service, "open"), self._next(f"{service} connection")
        event = {"connection": connection, "attempt": attempt, "client": "127.0.0.1:50000", "how": "accept"}
        self._events.append(Accepted(t=t, service=service, **event))  # type: ignore[arg-type]
        return connection

    def _attempt(self, t: float, service: str, door: str, call: str = "") -> int:
        number = self._next(f"{service} attempt")
        self._events.append(
            Attempt(t=t, service=service, number=number, client="", counted="by audit", door=door, call=call)
        )
        return number

    def _closed(self, t: float | None, service: str, connection: int, *by_how_in_out: str | int) -> Story:
        if t is not None:
            fields = zip(("by", "how", "bytes_in", "bytes_out"), by_how_in_out, strict=True)
            event = {"connection": connection, **dict(fields)}
            self._events.append(Closed(t=t, service=service, **event))  # type: ignore[arg-type]
        return self

    def _next(self, what: str) -> int:
        self._numbers[what] += 1
        return self._numbers[what]


Judge = Callable[..., list[str]]


@pytest.fixture(scope="session")
def story() -> type[Story]:
    """A new story."""
    return Story


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The messages of a check, by its name and parameters, on a trace; undecided ones begin with a question mark."""

    def messages(name: str, trace: Trace, **parameters: object) -> list[str]:
        found = CHECKS[name].model_validate(parameters).differences(trace)
        assert all(difference.check == name for difference in found)
        assert all(len(line) <= 80 for difference in found for line in difference.timeline.splitlines())
        return [f"{'? ' if difference.undecided else ''}{difference.message}" for difference in found]

    return messages
