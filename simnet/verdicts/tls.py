"""At the TLS handshake: the client has sent its ClientHello (RFC 8446 section 4.1.2), the service is to answer."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Abandon", "Flaw", "OldVersion", "PlainAnswer", "Present", "ResetHandshake", "StallHandshake", "TlsVerdict"]


class Flaw(enum.Enum):
    """What is wrong with the certificate that is presented."""

    EXPIRED = "expired"
    NOT_YET_VALID = "not yet valid"
    SELF_SIGNED = "self-signed"
    WRONG_HOST = "of another host"
    UNKNOWN_CA = "of an unknown CA"


@dataclass(frozen=True, slots=True)
class Present:
    """The handshake goes on with a certificate that has this flaw; `seconds`: how long ago, or still to go."""

    flaw: Flaw
    seconds: float = 0.0
    host: str = ""


@dataclass(frozen=True, slots=True)
class ResetHandshake:
    """RST after `after` bytes of the service's handshake messages."""

    after: int


@dataclass(frozen=True, slots=True)
class StallHandshake:
    """After `after` bytes of the service's handshake messages nothing comes for `seconds` (None: for ever)."""

    after: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class PlainAnswer:
    """The ClientHello is answered in HTTP."""


@dataclass(frozen=True, slots=True)
class OldVersion:
    """The service answers in this version of TLS, `1.0` or `1.1`, and knows no later one."""

    version: str


@dataclass(frozen=True, slots=True)
class Abandon:
    """FIN without close_notify, after `after` bytes of the reply; None: where the service would close by itself."""

    after: int | None


TlsVerdict = StallHandshake | ResetHandshake | Present | PlainAnswer | OldVersion | Abandon
