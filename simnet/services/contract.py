"""What a fake service is, and what it is given to speak with.

Law: a service speaks its protocol and nothing more. It never opens, closes or times anything and does not know which
faults strike: it receives and sends through a `Conversation`, and the engine behind it delays, cuts or resets.
`ConversationOver` and `ClientGone` rise through a service untouched; the engine catches them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn, Protocol

from pydantic import BaseModel, ConfigDict

from simnet.verdicts.reply import Ending
from simnet.verdicts.request import RequestVerdict, Trickle

__all__ = ["Answer", "ClientGone", "ClientNonsense", "Conversation", "ConversationOver", "Request", "Service"]


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


class Conversation(Protocol):
    """One accepted connection, as a service sees it."""

    async def receive(self) -> bytes:
        """Return the next bytes from the client, at most 64 KiB; b"" after its FIN. Raises `ClientGone`."""
        ...

    async def send(self, data: bytes) -> None:
        """Send `data`; returns when the kernel has it. Raises `ClientGone` or `ConversationOver`."""
        ...

    def request_arrives(self) -> Sequence[RequestVerdict]:
        """The head of a request has arrived: it gets its number, and this is what it meets.

        Whoever asks carries the verdicts out, and says of each that did strike so, by the methods below that take one. A
        service that does not ask has its requests numbered when they begin.
        """
        ...

    def request_begins(self, request: Request) -> None:
        """A request has arrived, whole or as far as it is read; what is sent from now on is its reply."""
        ...

    def takes_effect(self, request: Request, *, honours_keys: bool) -> None:
        """The request is being processed, and that changes something: it goes into the ledger.

        `honours_keys`: one that repeats the Idempotency-Key of an earlier one is known for the same and not done again.
        """
        ...

    def request_ends(self, answer: Answer) -> None:
        """The reply to the last request has been sent whole."""
        ...

    def struck(self, verdict: RequestVerdict, **evidence: str | float) -> None:
        """The verdict was carried out in what has been sent."""
        ...

    def missed(self, verdict: RequestVerdict, why: str, **evidence: str | float) -> None:
        """The verdict could not be carried out on this request."""
        ...

    async def trickle(self, verdict: Trickle, pieces: Iterable[bytes]) -> None:
        """Send byte by byte, as slowly as the verdict says; it has struck with the first of them."""
        ...

    async def wait(self, seconds: float) -> None:
        """Let so much time pass."""
        ...

    async def end(self, verdict: RequestVerdict, ending: Ending, **evidence: str | float) -> NoReturn:
        """End the connection now, after all that was sent; this is how the verdict strikes. Raises `ConversationOver`."""
        ...

    async def leave(self, verdict: RequestVerdict, seconds: float, **evidence: str | float) -> NoReturn:
        """Close the socket with what is unread in it: a RST, by the kernel. FIN goes ahead by so many seconds, if any."""
        ...

    def wall_clock(self) -> float:
        """Seconds since 1970, as a client reckons that is told a date."""
        ...


class Service(BaseModel):
    """Base of every protocol: one level, final frozen leaves; the fields are its options in YAML.

    Each leaf has a field `speaks: Literal["<protocol>"]`, named like its file.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    summary: ClassVar[str]
    default_port: ClassVar[int]
    """The port leased where the scenario names none: outside the ephemeral range (ip(7)), above 1023."""
    scheme: ClassVar[str] = "tcp"
    has_requests: ClassVar[bool] = False
    greeting: ClassVar[bytes] = b"hello\n"
    """What a plain client may send to get a reply."""

    speaks: str

    @property
    def keeps_ledger(self) -> bool:
        """Whether it tells of requests that take effect (see `Conversation.takes_effect`)."""
        return False

    async def converse(self, talk: Conversation) -> None:
        """Speak with one client until it or we have nothing more to say."""
        raise NotImplementedError
