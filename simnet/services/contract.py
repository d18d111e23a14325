"""What a fake service is, and what it is given to speak with.

Law: a service speaks its protocol and nothing more. It never opens, closes or times anything and does not know which
faults strike: it receives and sends through a `Conversation`, and the engine behind it delays, cuts or resets.
`ConversationOver` and `ClientGone` rise through a service untouched; the engine catches them.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

from simnet.verdicts.query import Forgery, Question, Wording

__all__ = [
    "Answer", "ClientGone", "ClientNonsense", "Conversation", "ConversationOver", "Query", "Request", "Said", "Service",
    "Transport",
]  # fmt: skip


class Transport(enum.Enum):
    """What a service's bytes travel in."""

    TCP = "tcp"
    UDP = "udp"


class ConversationOver(Exception):
    """A fault has ended this conversation (truncate, reset): there is nothing more to say."""


class ClientGone(Exception):
    """The client has left: with a RST, or `unseen`, where a fault had its last segments dropped."""

    def __init__(self, how: str = "RST") -> None:
        self.how = how
        super().__init__(f"the client has left ({how})")


class ClientNonsense(Exception):
    """The client broke the protocol; the message says how. The engine records it and closes."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that has arrived whole, as the trace tells of it."""

    method: str
    target: str
    body_bytes: int = 0
    body_sha256: str = ""
    """In hexadecimal digits; "" if there is no body."""
    idempotency_key: str = ""
    """The header field Idempotency-Key (draft-ietf-httpapi-idempotency-key-header)."""
    call: str = ""
    """The header field X-Call-Id, by which a client may say to which of its calls the request belongs."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A reply that has been sent whole. `retry_after`: how many seconds its Retry-After asks the client to wait."""

    status: int
    body_bytes: int = 0
    retry_after: float | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """The answer to a query, as bytes (framed for the transport of its question) and as the trace tells of it."""

    wire: bytes
    code: int
    rcode: str
    """The response code by name."""
    answers: tuple[str, ...] = ()
    truncated: bool = False


class Query(Protocol):
    """A query that has arrived: what is asked, and how the service puts an answer into bytes."""

    @property
    def question(self) -> Question:
        """What is asked."""
        ...

    def answer(self, wording: Wording | None, turn: int) -> Said:
        """The answer: the true one, or as `wording` has it. `turn`: how often this was asked before."""
        ...

    def forge(self, what: Forgery) -> bytes:
        """A datagram that looks like the answer and is none."""
        ...


class Conversation(Protocol):
    """One accepted connection, as a service sees it."""

    async def receive(self) -> bytes:
        """Return the next bytes from the client, at most 64 KiB; b"" after its FIN. Raises `ClientGone`."""
        ...

    async def send(self, data: bytes) -> None:
        """Send `data`; returns when the kernel has it. Raises `ClientGone` or `ConversationOver`."""
        ...

    def request_begins(self, request: Request) -> None:
        """A request has arrived whole; what is sent from now on is its reply."""
        ...

    def request_ends(self, answer: Answer) -> None:
        """The reply to the last request has been sent whole."""
        ...

    async def ask(self, query: Query) -> None:
        """Answer a query as the plan has it; returns when that is done. Raises as `send` does."""
        ...


class Service(BaseModel):
    """Base of every protocol: one level, final frozen leaves; the fields are its options in YAML.

    Each leaf has a field `speaks: Literal["<protocol>"]`, named like its file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: ClassVar[str]
    default_port: ClassVar[int]
    """The port leased where the scenario names none: outside the ephemeral range (ip(7)), above 1023."""
    transports: ClassVar[frozenset[Transport]] = frozenset({Transport.TCP})
    """With UDP, `datagram` is asked; with TCP, `converse`."""
    scheme: ClassVar[str] = "tcp"
    has_requests: ClassVar[bool] = False
    has_queries: ClassVar[bool] = False
    """Whether what arrives are queries for names."""
    greeting: ClassVar[bytes] = b"hello\n"
    """What a plain client may send to get a reply."""

    speaks: str

    async def converse(self, talk: Conversation) -> None:
        """Speak with one client until it or we have nothing more to say."""
        raise NotImplementedError

    def datagram(self, data: bytes) -> Sequence[bytes] | Query:
        """The datagrams that answer one that has arrived (none, if it is not worth one), or the query that it is."""
        raise NotImplementedError

    @classmethod
    def meets(cls, moment: str) -> bool:
        """Whether a fault that answers at this moment (see `faults/contract.py`) can ever strike here."""
        match moment:
            case "at_query":
                return cls.has_queries
            case "at_datagram":
                return Transport.UDP in cls.transports
            case _:
                return Transport.TCP in cls.transports
