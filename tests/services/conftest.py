"""A conversation in memory: what the client sends, in pieces, and what the service says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import trio

from simnet.services.contract import Answer, ConversationOver, Request, Service


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
    connection: int = 1
    waited: float = 0.0
    most_sent: int = 1 << 30
    """Bytes after which the client has left."""

    async def receive(self) -> bytes:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        return self.pieces.pop(0) if self.pieces else b""

    async def send(self, data: bytes) -> None:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        assert data, "an empty piece means nothing"
        self.said += data
        if len(self.said) > self.most_sent:
            raise ConversationOver
        self.sends.append(len(data))

    async def wait(self, seconds: float) -> None:
        """See `Conversation`; there is no time here, but an end to patience."""
        await trio.lowlevel.checkpoint()
        self.waited += seconds
        if self.waited > 60:
            raise ConversationOver

    async def half_close(self) -> None:
        """See `Conversation`."""
        self.log.append("FIN")

    async def reset(self) -> None:
        """See `Conversation`."""
        self.log.append("RST")
        raise ConversationOver

    def request_begins(self, request: Request) -> None:
        """See `Conversation`."""
        self.log.append(f"{request.method} {request.target}")
        self.requests.append(request)

    def request_ends(self, answer: Answer) -> None:
        """See `Conversation`."""
        self.log.append(str(answer.status))
        self.answers.append(answer)


def converse(service: Service, pieces: Sequence[bytes], heard: Heard | None = None) -> Heard:
    """Let `service` talk to a client that sends these pieces; a TCP stream never gives an empty one."""
    heard = heard or Heard([piece for piece in pieces if piece])
    trio.run(service.converse, heard)
    return heard
