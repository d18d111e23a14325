"""`http`: HTTP/1.0 and 1.1 (RFC 9112) by h11; routes say what is answered.

A small reply goes out in one piece, so that `after: 17 B` counts from its status line. The same request gets the same
bytes every time: there is no Date header, and a body of a given size is a fixed pattern.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Annotated, ClassVar, Literal, Self, final

import h11
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator
from typing_extensions import override

from simnet.services.contract import Answer, ClientNonsense, Conversation, Request, Service
from simnet.values import ByteCount, Duration

__all__ = ["Http", "Route"]

PIECE = 1 << 16
PATTERN = b"simnet: a local network that fails on purpose. 0123456789abcdef\n"
"""64 bytes, of which bodies of a given size are made."""

PHRASES = {int(status): status.phrase for status in HTTPStatus}
"""With them the status line of a 200 is 17 bytes long."""

Method = Annotated[str, Field(pattern=r"^[A-Z][A-Z-]*$")]
Token = Annotated[str, Field(pattern=r"^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")]  # RFC 9110 section 5.6.2
HeaderValue = Annotated[str, Field(pattern=r"^[\x20-\x7e\t]*$")]


@final
class Route(BaseModel):
    """What is answered to the requests that match."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method | None = Field(None, description="of which method, such as GET; any, if left out")
    path: str = Field("*", pattern=r"^(/[^*\s]*\*?|\*)$", description="exactly this path, or all that begin so: `/api/*`")
    status: int = Field(200, ge=200, le=599, strict=True, description="the status code")
    headers: Mapping[Token, HeaderValue] = Field({}, description="further header fields")
    body: str | None = Field(None, description="the body as text")
    body_size: ByteCount | None = Field(None, description="instead: a body of so many bytes")
    retry_after: Duration | None = Field(None, description="a Retry-After header, in whole seconds")

    @field_validator("retry_after")
    @classmethod
    def _whole_seconds(cls, value: Duration | None) -> Duration | None:
        if value is not None and value.microseconds % 1_000_000:
            raise ValueError(
                f"Retry-After counts in whole seconds (RFC 9110 section 10.2.3), {value} is not; write 1s or 2s"
            )
        return value

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and self.body_size is not None:
            raise ValueError("a route has `body` or `body_size`, not both; leave one out")
        if self.status in {204, 304} and (self.body or (self.body_size and self.body_size.count)):
            raise ValueError(f"a {self.status} reply has no body (RFC 9110 section 15); leave `body` out")
        return self

    def matches(self, method: str, target: str) -> bool:
        """Whether a request for `target` (its query left aside) is meant."""
        path = target.partition("?")[0]
        if self.method not in {None, method}:
            return False
        return path.startswith(self.path[:-1]) if self.path.endswith("*") else path == self.path

    def fields(self) -> dict[str, str]:
        """The header fields that are said here."""
        retry = {} if self.retry_after is None else {"Retry-After": str(self.retry_after.microseconds // 1_000_000)}
        return {**self.headers, **retry}

    def size(self) -> int:
        """Bytes of the body."""
        return self.body_size.count if self.body_size is not None else len((self.body or "").encode())

    def answer(self, method: str) -> Answer:
        """The reply to a request of that method, as the trace tells of it."""
        retry = None if self.retry_after is None else self.retry_after.seconds
        return Answer(self.status, 0 if method == "HEAD" else self.size(), retry)

    def pieces(self) -> Iterator[bytes]:
        """The body in pieces of 64 KiB."""
        if self.body_size is None:
            body = (self.body or "").encode()
            yield from (body[at : at + PIECE] for at in range(0, len(body), PIECE))
            return
        block = PATTERN * (PIECE // len(PATTERN))
        yield from (block[: self.body_size.count - at] for at in range(0, self.body_size.count, PIECE))


ANYTHING = (Route(body="hello from simnet\n"),)


@final
class Http(Service):
    """Answer requests by routes."""

    summary: ClassVar[str] = "answers HTTP requests by routes (200 to everything, if there are none)"
    default_port: ClassVar[int] = 8080
    scheme: ClassVar[str] = "http"
    secure_scheme: ClassVar[str] = "https"
    has_requests: ClassVar[bool] = True
    greeting: ClassVar[bytes] = b"GET / HTTP/1.1\r\nHost: simnet\r\nConnection: close\r\n\r\n"

    speaks: Literal["http"] = "http"
    routes: tuple[Route, ...] = Field((), description="what is answered; the first that matches; 404 if none does")
    keep_alive: bool = Field(default=True, strict=True, description="whether a connection serves more than one request")

    @override
    async def converse(self, talk: Conversation) -> None:
        connection = h11.Connection(h11.SERVER)
        while (arrived := await self._next_request(talk, connection)) is not None:
            request, told = arrived
            route = self._route(told.method, told.target)
            talk.request_begins(told)
            for piece in self._reply(connection, request, route):
                await talk.send(piece)
            talk.request_ends(route.answer(told.method))
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _next_request(self, talk: Conversation, connection: h11.Connection) -> tuple[h11.Request, Request] | None:
        """The next request, its body read to the end and thrown away; None when the client has no more."""
        request: h11.Request | None = None
        size, digest = 0, hashlib.sha256()
        while True:
            try:
                event = connection.next_event()
            except h11.RemoteProtocolError as error:
                await self._complain(talk, connection, error)
                raise ClientNonsense(str(error)) from error
            if isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                size += len(event.data)
                digest.update(event.data)
            elif isinstance(event, h11.EndOfMessage):
                assert request is not None, "h11 gives the end of a message after its head"
                return request, _told(request, size, digest.hexdigest() if size else "")
            elif isinstance(event, h11.ConnectionClosed):
                return None
            elif event is h11.NEED_DATA:
                if connection.they_are_waiting_for_100_continue:
                    await talk.send(_bytes(connection, h11.InformationalResponse(status_code=100, headers=[])))
                connection.receive_data(await talk.receive())

    async def _complain(self, talk: Conversation, connection: h11.Connection, error: h11.RemoteProtocolError) -> None:
        if connection.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            text = f"{error}\n"
            complaint = Route(status=error.error_status_hint, body=text)
            for piece in self._reply(connection, None, complaint):
                await talk.send(piece)

    def _route(self, method: str, target: str) -> Route:
        for route in self.routes or ANYTHING:
            if route.matches(method, target):
                return route
        known = "".join(f"{route.method or 'any method'} {route.path}\n" for route in self.routes)
        return Route(status=404, body=f"no route for {method} {target}; there are:\n{known}")

    def _reply(self, connection: h11.Connection, request: h11.Request | None, route: Route) -> Iterator[bytes]:
        """The reply in pieces: the first has the head, and the whole body if that is small."""
        fields = {"Content-Type": "text/plain; charset=utf-8", **route.fields()}
        if route.status not in {204, 304}:
            fields.setdefault("Content-Length", str(route.size()))
        if not self.keep_alive or request is None:
            fields["Connection"] = "close"
        headers = [(name.encode(), value.encode()) for name, value in fields.items()]
        reason = PHRASES.get(route.status, "").encode()
        pending = _bytes(connection, h11.Response(status_code=route.status, headers=headers, reason=reason))
        if request is None or request.method != b"HEAD":
            for piece in route.pieces():
                pending += _bytes(connection, h11.Data(data=piece))
                if len(pending) > PIECE:
                    yield pending
                    pending = b""
        pending += _bytes(connection, h11.EndOfMessage())
        if pending:
            yield pending


def _told(request: h11.Request, size: int, digest: str) -> Request:
    """The request as the trace tells of it."""
    fields = {name: value.decode("ascii", "backslashreplace") for name, value in request.headers}
    target = request.target.decode("ascii", "backslashreplace")
    key, call = fields.get(b"idempotency-key", ""), fields.get(b"x-call-id", "")
    return Request(request.method.decode("ascii"), target, size, digest, key, call)


def _bytes(connection: h11.Connection, event: h11.Event) -> bytes:
    data = connection.send(event)
    assert data is not None, "h11 gives None for ConnectionClosed only"
    return data


SERVICE = Http
