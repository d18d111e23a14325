"""At a datagram: what becomes of it, or of the answers to it, where UDP promises nothing (RFC 768)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["DatagramVerdict", "Direction", "Duplicate", "LateDatagram", "LoseDatagram", "Overtaken"]


class Direction(enum.Enum):
    """Which way the datagram goes that is struck."""

    TO_SERVICE = "to_service"
    TO_CLIENT = "to_client"


@dataclass(frozen=True, slots=True)
class LoseDatagram:
    """It is lost: the service never hears of it, or its answer is never sent."""

    direction: Direction


@dataclass(frozen=True, slots=True)
class Duplicate:
    """It arrives `copies` times more than once."""

    copies: int
    direction: Direction


@dataclass(frozen=True, slots=True)
class Overtaken:
    """It waits until `behind` later datagrams of that direction have gone before it; after `within` seconds it goes anyway."""

    behind: int
    within: float
    direction: Direction


@dataclass(frozen=True, slots=True)
class LateDatagram:
    """It is `seconds` late; those that come after it do not wait for it."""

    seconds: float
    direction: Direction


DatagramVerdict = LoseDatagram | Duplicate | Overtaken | LateDatagram
