"""A conversation in memory: what the client sends, in pieces, and what the service says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import trio

from simnet.services.contract import Answer, Query, Request, Service


@dataclass(slots=True)
class Heard:
    """A `Conversation` with no network: gives out `pieces`, then the client's FIN; keeps what it is told."""

    pieces: list[bytes]
    said: bytearray = field(default_factory=bytearray)
    sends: list[int] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    most_at_once: int = 0

    async def receive(self) -> bytes:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        return self.pieces.pop(0) if self.pieces else b""

    async def send(self, data: bytes) -> None:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        assert data, "an empty piece means nothing"
        self.said += data
        self.sends.append(len(data))

    def request_begins(self, request: Request) -> None:
        """See `Conversation`."""
        self.log.append(f"{request.method} {request.target}")
        self.requests.append(request)

    def request_ends(self, answer: Answer) -> None:
        """See `Conversation`."""
        self.log.append(str(answer.status))
        self.answers.append(answer)

    async def ask(self, query: Query) -> None:
        """See `Conversation`: the truth, at once."""
        said = query.answer(None, 0)
        self.request_begins(Request(query.question.type, query.question.name))
        await self.send(said.wire)
        self.request_ends(Answer(said.code))


def converse(service: Service, pieces: Sequence[bytes]) -> Heard:
    """Let `service` talk to a client that sends these pieces; a TCP stream never gives an empty one."""
    heard = Heard([piece for piece in pieces if piece])
    trio.run(service.converse, heard)
    return heard
