"""What a fake service is, and what it is given to speak with.

Law: a service speaks its protocol and nothing more. It never opens, closes or times anything and does not know which
faults strike: it receives and sends through a `Conversation`, and the engine behind it delays, cuts or resets.
`ConversationOver` and `ClientGone` rise through a service untouched; the engine catches them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, NoReturn, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from simnet.services.scripting.peer import Peer
from simnet.verdicts.query import Forgery, Question, Wording
from simnet.verdicts.reply import Ending
from simnet.verdicts.request import RequestVerdict, Trickle

__all__ = [
    "Answer", "ClientGone", "ClientNonsense", "Conversation", "ConversationOver", "Query", "Request", "Said", "Service",
    "Tls", "Transport",
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
    """A reply that has been sent whole. `retry_after`: the seconds that its Retry-After asks for; `closes`: it says close."""

    status: int
    body_bytes: int = 0
    retry_after: float | None = None
    closes: bool = False


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

    def request_arrives(self) -> Sequence[RequestVerdict]:
        """The head of a request has arrived: it gets its number, and this is what it meets.

        Whoever asks carries the verdicts out, and says of each that did strike so, by the methods below that take one. A
        service that does not ask has its requests numbered when they begin.
        """
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

    async def ask(self, query: Query) -> None:
        """Answer a query as the plan has it; returns when that is done. Raises as `send` does."""
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

    async def end(self, verdict: RequestVerdict, ending: Ending, **evidence: str | float) -> NoReturn:
        """End the connection now, after all that was sent; this is how the verdict strikes. Raises `ConversationOver`."""
        ...

    async def leave(self, verdict: RequestVerdict, seconds: float, **evidence: str | float) -> NoReturn:
        """Close the socket with what is unread in it: a RST, by the kernel. FIN goes ahead by so many seconds, if any."""
        ...

    def wall_clock(self) -> float:
        """Seconds since 1970, as a client reckons that is told a date."""
        ...


_LABEL = r"(?![a-z0-9-]{64})[a-z0-9]+(-[a-z0-9]+)*"
"""RFC 1123 section 2.1, in lower case, and no `--`: nothing that IDNA would look into (RFC 5891 section 4.2.3.1)."""

_HOST_NAME = re.compile(rf"(\*\.)?({_LABEL}\.)*{_LABEL}")


def _host_name(name: str) -> str:
    if not _HOST_NAME.fullmatch(name) or len(name) > 253:
        raise ValueError(f'"{name}" is not a host name in lower case; write one such as api.test or "*.api.test"')
    return name


def _protocol_name(name: str) -> str:
    if not 1 <= len(name) <= 255 or not all("!" <= letter <= "~" for letter in name):
        raise ValueError(f'"{name}" is not the name of an application protocol; write one such as http/1.1')
    return name


def _some(versions: tuple[str, ...]) -> tuple[str, ...]:
    if not versions:
        raise ValueError('there is no version of TLS left; write ["1.2", "1.3"], or leave `versions` out')
    return versions


class Tls(BaseModel):
    """How a service speaks TLS, beneath its protocol, which never learns of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    names: tuple[Annotated[str, Field(strict=True), AfterValidator(_host_name)], ...] = Field(
        (), description="host names in its certificate, besides localhost and the address of the service"
    )
    versions: Annotated[tuple[Literal["1.2", "1.3"], ...], AfterValidator(_some)] = Field(
        ("1.2", "1.3"), description="the versions of TLS that it speaks"
    )
    alpn: tuple[Annotated[str, Field(strict=True), AfterValidator(_protocol_name)], ...] = Field(
        (), description="the application protocols that it agrees to (RFC 7301), the best first"
    )
    client_certificate: Literal["asked", "required"] | None = Field(
        None, description="asked or required, if the client is to show a certificate of the world's CA"
    )


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
    secure_scheme: ClassVar[str] = "tls"
    """The same with TLS beneath."""
    has_requests: ClassVar[bool] = False
    has_queries: ClassVar[bool] = False
    """Whether what arrives are queries for names."""
    has_exchanges: ClassVar[bool] = False
    """Whether it asks the conversation what a request meets before it answers (`request_arrives`): HTTP does."""
    converses_by_datagrams: ClassVar[bool] = False
    """With UDP: whether it speaks with each client on its own (`attend`), instead of answering each datagram by itself."""
    passes_on: ClassVar[bool] = False
    """Whether it says nothing itself, and all comes from an upstream: then faults of a conversation have none."""
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

    @property
    def keeps_ledger(self) -> bool:
        """Whether it tells of requests that take effect (see `Conversation.takes_effect`)."""
        return False

    async def converse(self, talk: Conversation) -> None:
        """Speak with one client until it or we have nothing more to say."""
        raise NotImplementedError

    def datagram(self, data: bytes) -> Sequence[bytes] | Query:
        """The datagrams that answer one that has arrived (none, if it is not worth one), or the query that it is."""
        raise NotImplementedError

    async def attend(self, peer: Peer) -> None:
        """Speak with one client that has sent a datagram, until that is over; if it sends more then, it is asked anew."""
        raise NotImplementedError

    @classmethod
    def meets(cls, moment: str) -> bool:
        """Whether a fault that answers at this moment (see `faults/contract.py`) can ever strike here."""
        match moment:
            case "at_query":
                return cls.has_queries
            case "at_datagram":
                return Transport.UDP in cls.transports
            case "at_request" | "at_rest":
                return cls.has_exchanges
            case _:
                return Transport.TCP in cls.transports
