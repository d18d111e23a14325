"""At the request: what a request meets once its head has arrived; a service that has requests carries it out.

Law: a verdict says what the reply is to be like, in the words of RFC 9110 and 9112, and nothing of how bytes are sent.
Counts of bytes are of the body of the reply (of a request where it says so), before any transfer coding.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = [
    "AnswerEarly", "BreakChunk", "Garble", "Hint", "Misstate", "Part", "Redirect", "RequestVerdict", "Shorten", "ShortenGzip",
    "Substitute", "Trickle", "WithholdContinue",
]  # fmt: skip


class Part(enum.Enum):
    """A part of a reply."""

    HEAD = "head"
    BODY = "body"


@dataclass(frozen=True, slots=True)
class Substitute:
    """The request is not processed; this status is answered instead, with `body` or a line that names the status.

    `retry_after`: seconds that its Retry-After asks for; as an HTTP-date if `as_date` (RFC 9110 section 10.2.3).
    """

    status: int
    body: str | None = None
    retry_after: float | None = None
    as_date: bool = False


@dataclass(frozen=True, slots=True)
class Redirect:
    """The request is redirected to the next of `urls` targets, that of the last to the first: there is no end."""

    status: int
    urls: int


@dataclass(frozen=True, slots=True)
class Garble:
    """The reply is these bytes, which are no HTTP, then FIN."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Shorten:
    """After `after` bytes of the body comes FIN; None: half of it by Content-Length, all but the last chunk if `chunked`."""

    after: int | None
    chunked: bool


@dataclass(frozen=True, slots=True)
class BreakChunk:
    """After `after` bytes of a chunked body (None: half) stands a chunk size that is no number, then FIN."""

    after: int | None


@dataclass(frozen=True, slots=True)
class ShortenGzip:
    """The body is compressed, and of the gzip stream only the first `after` bytes are the content (None: half)."""

    after: int | None


@dataclass(frozen=True, slots=True)
class Misstate:
    """Content-Length is `by` bytes more than the body has (negative: fewer); the connection stays open."""

    by: int


@dataclass(frozen=True, slots=True)
class Trickle:
    """The head or the body of the reply leaves byte by byte, so many a second."""

    part: Part
    bytes_per_second: int


@dataclass(frozen=True, slots=True)
class AnswerEarly:
    """The request's body is not read; `status` is answered, FIN follows, and `seconds` later the socket is closed."""

    status: int
    seconds: float


@dataclass(frozen=True, slots=True)
class WithholdContinue:
    """A client that expects 100 (Continue) does not get it; its body is read if it comes all the same."""


@dataclass(frozen=True, slots=True)
class Hint:
    """103 (Early Hints, RFC 8297) comes at once, the reply `seconds` later."""

    seconds: float


RequestVerdict = (
    Substitute
    | Redirect
    | Garble
    | Shorten
    | BreakChunk
    | ShortenGzip
    | Misstate
    | Trickle
    | AnswerEarly
    | WithholdContinue
    | Hint
)
