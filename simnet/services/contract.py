"""What a fake service is, and what it is given to speak with.

Law: a service speaks its protocol and nothing more. It never opens, closes or times anything and does not know which
faults strike: it receives and sends through a `Conversation`, and the engine behind it delays, cuts or resets.
`ConversationOver` and `ClientGone` rise through a service untouched; the engine catches them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal, Protocol

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

__all__ = ["Answer", "ClientGone", "ClientNonsense", "Conversation", "ConversationOver", "Request", "Service", "Tls"]


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

    def request_begins(self, request: Request) -> None:
        """A request has arrived whole; what is sent from now on is its reply."""
        ...

    def request_ends(self, answer: Answer) -> None:
        """The reply to the last request has been sent whole."""
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
    scheme: ClassVar[str] = "tcp"
    secure_scheme: ClassVar[str] = "tls"
    """The same with TLS beneath."""
    has_requests: ClassVar[bool] = False
    greeting: ClassVar[bytes] = b"hello\n"
    """What a plain client may send to get a reply."""

    speaks: str

    async def converse(self, talk: Conversation) -> None:
        """Speak with one client until it or we have nothing more to say."""
        raise NotImplementedError
