"""What a fake service is, and what it is given to speak with.

Law: a service speaks its protocol and nothing more. It never opens, closes or times anything and does not know which
faults strike: it receives and sends through a `Conversation`, and the engine behind it delays, cuts or resets.
`ConversationOver` and `ClientGone` rise through a service untouched; the engine catches them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from pydantic import BaseModel, ConfigDict

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

    @property
    def connection(self) -> int:
        """The number of the connection, counted from 1 in the order of accept."""
        ...

    async def wait(self, seconds: float) -> None:
        """Let so much time pass; nothing is read meanwhile."""
        ...

    async def half_close(self) -> None:
        """Send FIN after all that was sent; the client may go on, and can be heard. Raises `ClientGone`."""
        ...

    async def reset(self) -> None:
        """Send RST, once the client's kernel has all that was sent. Always raises: `ConversationOver` or `ClientGone`."""
        ...

    def request_begins(self, request: Request) -> None:
        """A request has arrived whole; what is sent from now on is its reply."""
        ...

    def request_ends(self, answer: Answer) -> None:
        """The reply to the last request has been sent whole."""
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
    gets_requests_by: ClassVar[str] = "let it speak a protocol that has requests"
    """What its author may do who wants to count requests and has none."""
    greeting: ClassVar[bytes] = b"hello\n"
    """What a plain client may send to get a reply."""

    speaks: str

    @property
    def tells_requests(self) -> bool:
        """Whether requests are told of in the trace: a protocol that has them may be used without."""
        return self.has_requests

    @property
    def dials(self) -> str | None:
        """Whom the engine dials for each connection, to pass on what both say: a proxy does not converse itself."""
        return None

    async def converse(self, talk: Conversation) -> None:
        """Speak with one client until it or we have nothing more to say."""
        raise NotImplementedError
