"""A conversation in memory: what the client sends, in pieces, and what the service says."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import trio

from simnet.services.contract import Answer, ConversationOver, Query, Request, Service
from simnet.verdicts.reply import Ending
from simnet.verdicts.request import RequestVerdict, Trickle

NOW = 1_700_000_000.25
"""The hour of the conversation: 2023-11-14 22:13:20.25."""


@dataclass(slots=True)
class Heard:
    """A `Conversation` with no network: gives out `pieces`, then the client's FIN; keeps what it is told.

    Each request meets the verdicts that stand for it in `meets`, the first one the first.
    """

    pieces: list[bytes]
    said: bytearray = field(default_factory=bytearray)
    sends: list[int] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    most_at_once: int = 0
    meets: list[list[RequestVerdict]] = field(default_factory=list)
    effects: list[Request] = field(default_factory=list)
    honoured: list[bool] = field(default_factory=list)
    proofs: list[tuple[RequestVerdict, dict[str, str | float]]] = field(default_factory=list)
    missed_: list[tuple[RequestVerdict, str]] = field(default_factory=list)
    ending: Ending | str | None = None
    trickled: list[tuple[Trickle, bytes]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    connection: int = 1
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

    def request_arrives(self) -> Sequence[RequestVerdict]:
        """See `Conversation`."""
        return self.meets.pop(0) if self.meets else []

    def takes_effect(self, request: Request, *, honours_keys: bool) -> None:
        """See `Conversation`."""
        self.effects.append(request)
        self.honoured.append(honours_keys)

    def struck(self, verdict: RequestVerdict, **evidence: str | float) -> None:
        """See `Conversation`."""
        self.proofs.append((verdict, evidence))

    def missed(self, verdict: RequestVerdict, why: str, **evidence: str | float) -> None:  # noqa: ARG002
        """See `Conversation`."""
        self.missed_.append((verdict, why))

    async def trickle(self, verdict: Trickle, pieces: Iterable[bytes]) -> None:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        data = b"".join(pieces)
        self.trickled.append((verdict, data))
        self.said += data

    async def end(self, verdict: RequestVerdict, ending: Ending, **evidence: str | float) -> NoReturn:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        self.ending = ending
        self.struck(verdict, **evidence)
        raise ConversationOver

    async def leave(self, verdict: RequestVerdict, seconds: float, **evidence: str | float) -> NoReturn:
        """See `Conversation`."""
        await trio.lowlevel.checkpoint()
        self.ending = f"left after {seconds}"
        self.struck(verdict, **evidence)
        raise ConversationOver

    def wall_clock(self) -> float:
        """See `Conversation`."""
        return NOW

    async def wait(self, seconds: float) -> None:
        """See `Conversation`; there is no time here, but an end to patience."""
        await trio.lowlevel.checkpoint()
        self.waited.append(seconds)
        if sum(self.waited) > 60:
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

    async def ask(self, query: Query) -> None:
        """See `Conversation`: the truth, at once."""
        said = query.answer(None, 0)
        self.request_begins(Request(query.question.type, query.question.name))
        await self.send(said.wire)
        self.request_ends(Answer(said.code))


def converse(
    service: Service,
    pieces: Sequence[bytes],
    heard: Heard | None = None,
    *,
    meets: Sequence[Sequence[RequestVerdict]] = (),
) -> Heard:
    """Let `service` talk to a client that sends these pieces; a TCP stream never gives an empty one.

    With `heard`, which has pieces of its own, a conversation that is ended is raised as `ConversationOver`.
    """
    if heard is not None:
        trio.run(service.converse, heard)
        return heard
    heard = Heard([piece for piece in pieces if piece], meets=[list(met) for met in meets])
    with contextlib.suppress(ConversationOver):
        trio.run(service.converse, heard)
    return heard
