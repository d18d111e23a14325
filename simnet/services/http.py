"""`http`: HTTP/1.0 and 1.1 (RFC 9112) by h11; routes say what is answered.

A small reply goes out in one piece, so that `after: 17 B` counts from its status line. The same request gets the same
bytes every time: there is no Date header, and a body of a given size is a fixed pattern. What a request meets
(`verdicts/request.py`) is asked of the conversation when its head is there; of which fault it comes is not known here.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar, Literal, Self, final

import h11
from pydantic import Field, model_validator
from typing_extensions import override

from simnet.services.contract import ClientNonsense, Conversation, Service
from simnet.services.http1.arrival import Arrived, arrive
from simnet.services.http1.instead import redirected, substituted
from simnet.services.http1.replying import CLOSE, answer_early, complain, hint, reply
from simnet.services.http1.route import ANYTHING, Route
from simnet.values import Duration
from simnet.verdicts.reply import Ending
from simnet.verdicts.request import Garble, Redirect, Substitute

__all__ = ["Http", "Route"]


@final
class Http(Service):
    """Answer requests by routes."""

    summary: ClassVar[str] = "answers HTTP requests by routes (200 to everything, if there are none)"
    default_port: ClassVar[int] = 8080
    scheme: ClassVar[str] = "http"
    secure_scheme: ClassVar[str] = "https"
    has_requests: ClassVar[bool] = True
    has_exchanges: ClassVar[bool] = True
    greeting: ClassVar[bytes] = b"GET / HTTP/1.1\r\nHost: simnet\r\nConnection: close\r\n\r\n"

    speaks: Literal["http"] = "http"
    routes: tuple[Route, ...] = Field((), description="what is answered; the first that matches; 404 if none does")
    keep_alive: bool = Field(default=True, strict=True, description="whether a connection serves more than one request")
    max_requests: int | None = Field(
        None, ge=1, le=1_000_000, strict=True, description="after so many requests on one connection it is closed"
    )
    keep_alive_timeout: Duration | None = Field(
        None, description="what the header Keep-Alive says, in whole seconds; `idle_close` is who keeps to it"
    )
    ledger: bool = Field(default=True, strict=True, description="whether effects of unsafe methods are recorded")
    honours_keys: bool = Field(
        default=True,
        strict=True,
        description="whether a repeat with the same Idempotency-Key is known and not done again",
    )

    @model_validator(mode="after")
    def _keeps_what_it_tells_of(self) -> Self:
        told = self.keep_alive_timeout
        if told is not None and (told.microseconds % 1_000_000 or not told.microseconds):
            raise ValueError(f"Keep-Alive counts in whole seconds, from 1 on, {told} is not; write 1s or 2s")
        if not self.keep_alive and (told is not None or self.max_requests is not None):
            raise ValueError("with `keep_alive: false` each connection serves one request; leave the other option out")
        return self

    @property
    @override
    def keeps_ledger(self) -> bool:
        return self.ledger or any(route.effect for route in self.routes)

    @override
    async def converse(self, talk: Conversation) -> None:
        connection, served = h11.Connection(h11.SERVER), 0
        while (arrived := await self._next_request(talk, connection)) is not None:
            served += 1
            await self._serve(talk, connection, arrived, self._kept(served))
            if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
                return
            connection.start_next_cycle()

    async def _next_request(self, talk: Conversation, connection: h11.Connection) -> Arrived | None:
        try:
            return await arrive(talk, connection)
        except h11.RemoteProtocolError as error:
            await complain(talk, connection, error)
            raise ClientNonsense(str(error)) from error

    def _kept(self, served: int) -> Mapping[str, str]:
        """What the reply to the so-manieth request of a connection says of its further life."""
        if not self.keep_alive or served == self.max_requests:
            return CLOSE
        said = [] if self.keep_alive_timeout is None else [f"timeout={self.keep_alive_timeout.microseconds // 1_000_000}"]
        said += [] if self.max_requests is None else [f"max={self.max_requests - served}"]
        return {"Keep-Alive": ", ".join(said)} if said else {}

    async def _serve(
        self, talk: Conversation, connection: h11.Connection, arrived: Arrived, kept: Mapping[str, str]
    ) -> None:
        told = arrived.told
        talk.request_begins(told)
        if not arrived.whole:
            await answer_early(talk, connection, arrived)
            return
        route = self._route(told.method, told.target)
        answer = route.answer(told.method)
        instead = next((v for v in arrived.meets if isinstance(v, Substitute | Redirect | Garble)), None)
        match instead:
            case None if route.has_effect(told.method, otherwise=self.ledger):
                talk.takes_effect(told, honours_keys=self.honours_keys)
            case Garble(data):
                await talk.send(data)
                await talk.end(instead, Ending.FIN, bytes=len(data))
            case Substitute():
                route, answer = substituted(instead, told, talk.wall_clock())
            case Redirect():
                route = redirected(instead, told)
                answer = route.answer(told.method)
        await hint(talk, connection, arrived)
        await reply(talk, connection, arrived, route, kept)
        if isinstance(instead, Substitute | Redirect):
            talk.struck(instead, status=route.status, **_said(route))
        talk.request_ends(dataclasses.replace(answer, closes=connection.our_state is h11.MUST_CLOSE))

    def _route(self, method: str, target: str) -> Route:
        for route in self.routes or ANYTHING:
            if route.matches(method, target):
                return route
        known = "".join(f"{route.method or 'any method'} {route.path}\n" for route in self.routes)
        return Route(status=404, body=f"no route for {method} {target}; there are:\n{known}")


def _said(route: Route) -> dict[str, str]:
    """Header fields that matter to who asks again, as evidence."""
    return {
        name.lower().replace("-", "_"): route.headers[name]
        for name in ("Retry-After", "Location")
        if name in route.headers
    }


SERVICE = Http
