"""How a request arrives: its head, at which it is known what it meets, then its body, which is read and thrown away.

Law: what the trace is told of a request is what the client sent, no more; a body is counted and hashed, never kept.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TypeVar

import h11

from simnet.services.contract import Conversation, Request
from simnet.verdicts.request import AnswerEarly, RequestVerdict, WithholdContinue

__all__ = ["Arrived", "arrive", "in_bytes"]

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Arrived:
    """A request that can be answered; `whole`: its body has been read to the end."""

    head: h11.Request
    told: Request
    meets: tuple[RequestVerdict, ...]
    whole: bool

    def first(self, kind: type[V]) -> V | None:
        """The first verdict of that class."""
        return next((verdict for verdict in self.meets if isinstance(verdict, kind)), None)

    @property
    def promised(self) -> int | None:
        """Bytes of the body that its head promises; None if it is chunked."""
        fields = dict(self.head.headers)
        return None if b"transfer-encoding" in fields else int(fields.get(b"content-length", b"0"))


async def arrive(talk: Conversation, connection: h11.Connection) -> Arrived | None:
    """The next request; None when the client has no more. Raises `h11.RemoteProtocolError` for what is no HTTP."""
    while not isinstance(event := connection.next_event(), h11.Request):
        if event is not h11.NEED_DATA:
            return None
        connection.receive_data(await talk.receive())
    arrived = Arrived(event, _told(event, 0, ""), tuple(talk.request_arrives()), whole=False)
    if arrived.first(AnswerEarly) is not None and arrived.promised != 0:
        return arrived
    size, digest = await _read_body(talk, connection, arrived)
    return Arrived(event, _told(event, size, digest), arrived.meets, whole=True)


async def _read_body(talk: Conversation, connection: h11.Connection, arrived: Arrived) -> tuple[int, str]:
    """Read to the end of the message: size and SHA-256 of the body."""
    size, digest = 0, hashlib.sha256()
    withheld, told = arrived.first(WithholdContinue), False
    while not isinstance(event := connection.next_event(), h11.EndOfMessage):
        if isinstance(event, h11.Data):
            size += len(event.data)
            digest.update(event.data)
            continue
        if connection.they_are_waiting_for_100_continue:
            if withheld is None:
                await talk.send(in_bytes(connection, h11.InformationalResponse(status_code=100, headers=[])))
            elif not told:
                told = True
                talk.struck(withheld, expected="100-continue", body_bytes=size)
        connection.receive_data(await talk.receive())
    return size, digest.hexdigest() if size else ""


def _told(request: h11.Request, size: int, digest: str) -> Request:
    """The request as the trace tells of it."""
    fields = {name: value.decode("ascii", "backslashreplace") for name, value in request.headers}
    target = request.target.decode("ascii", "backslashreplace")
    key, call = fields.get(b"idempotency-key", ""), fields.get(b"x-call-id", "")
    return Request(request.method.decode("ascii"), target, size, digest, key, call)


def in_bytes(connection: h11.Connection, event: h11.Event) -> bytes:
    """What h11 writes for `event`."""
    data = connection.send(event)
    assert data is not None, "h11 gives None for ConnectionClosed only"
    return data
