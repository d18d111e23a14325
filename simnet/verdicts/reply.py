"""At the reply: what becomes of the bytes that the service sends, on a connection or in answer to one request."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from random import Random

__all__ = ["Cut", "Deafen", "Delay", "Ending", "HalfClose", "LateFin", "Lose", "Pace", "ReplyVerdict", "Slice", "Vanish"]


class Ending(enum.Enum):
    """How a cut reply ends."""

    FIN = "FIN"
    RST = "RST"
    SILENCE = "silence"


@dataclass(frozen=True, slots=True)
class Delay:
    """Each piece of the reply leaves `seconds` later, up to `jitter` seconds more or less; order is kept."""

    seconds: float
    jitter: float
    draw: Random


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many bytes a second leave."""

    bytes_per_second: int


@dataclass(frozen=True, slots=True)
class Slice:
    """`size` bytes leave every `seconds`, each piece in a segment of its own."""

    size: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Cut:
    """After `after` bytes of the reply it ends; SILENCE lasts for `seconds` (None: for ever), then the rest follows."""

    after: int
    ending: Ending
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Deafen:
    """After `after` bytes of the reply every segment of the client is dropped and none is sent, for `seconds` or ever."""

    after: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Lose:
    """Each millisecond, with probability `chance`, all segments arriving from the client are dropped."""

    chance: float
    draw: Random


@dataclass(frozen=True, slots=True)
class HalfClose:
    """FIN after `after` bytes (None: after the whole reply); the service says no more and reads on."""

    after: int | None


@dataclass(frozen=True, slots=True)
class Vanish:
    """After `after` bytes (None: after the whole reply) no segment passes in either direction, FIN and RST included."""

    after: int | None


@dataclass(frozen=True, slots=True)
class LateFin:
    """When the conversation is over, the service's FIN leaves `seconds` late."""

    seconds: float


ReplyVerdict = Delay | Pace | Slice | Cut | Deafen | Lose | HalfClose | Vanish | LateFin
