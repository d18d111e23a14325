"""At a query: what a resolver is asked, and what becomes of the answer.

Two kinds of verdict: what the engine does (silence, lateness, a forged datagram first) and what is said instead of the
truth, which only the protocol can put into bytes.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = [
    "DOMAIN_NAME", "Forge", "Forgery", "Late", "PointTo", "PutSixFirst", "QueryVerdict", "Question", "Respond", "Rotate",
    "Silence", "TellTruncated", "Wording",
]  # fmt: skip

DOMAIN_NAME = r"^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$"
"""A name in lower case without the last dot: labels of 63 characters at most (RFC 1035 section 2.3.4)."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a name in lower case without the last dot, a type such as `AAAA`, over `udp` or `tcp`."""

    name: str
    type: str
    transport: str


class Forgery(enum.Enum):
    """What a datagram is that comes before the answer and is none."""

    JUNK = "junk"
    WRONG_ID = "wrong_id"
    TRAILING_JUNK = "trailing_junk"


@dataclass(frozen=True, slots=True)
class Respond:
    """The response code, by name (`NXDOMAIN`, `SERVFAIL`), and no answer."""

    rcode: str


@dataclass(frozen=True, slots=True)
class PointTo:
    """The answer is this address, whatever is true; a query for addresses of the other family finds none."""

    address: str


@dataclass(frozen=True, slots=True)
class Rotate:
    """One address an answer, the next one each time."""


@dataclass(frozen=True, slots=True)
class PutSixFirst:
    """The name has the address ::1 as well, which clients prefer (RFC 6724 section 2.1)."""


@dataclass(frozen=True, slots=True)
class TellTruncated:
    """Nothing but the TC bit: ask again over TCP (RFC 7766 section 5)."""


@dataclass(frozen=True, slots=True)
class Silence:
    """No answer at all."""


@dataclass(frozen=True, slots=True)
class Late:
    """The answer is `seconds` late."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Forge:
    """`seconds` before the answer comes a datagram that looks like one and is none."""

    what: Forgery
    seconds: float


Wording = Respond | PointTo | Rotate | PutSixFirst | TellTruncated
"""What the service says instead of the truth."""

QueryVerdict = Wording | Silence | Late | Forge
