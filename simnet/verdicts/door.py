"""At the door: what becomes of an attempt, before any connection exists."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Deny", "DoorVerdict", "Drop", "Fill", "Hold", "LoseSyns", "Refuse", "Squat"]


@dataclass(frozen=True, slots=True)
class Refuse:
    """The port is bound and nobody listens: the kernel answers the SYN with a RST."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The SYN and its retransmissions are dropped unanswered."""


@dataclass(frozen=True, slots=True)
class Hold:
    """SYNs are dropped until `seconds` after the first; then the handshake completes at once."""

    seconds: float


@dataclass(frozen=True, slots=True)
class LoseSyns:
    """The first `count` SYNs of the attempt are dropped; the next one gets through, when the client's kernel sends it."""

    count: int


@dataclass(frozen=True, slots=True)
class Fill:
    """The accept queue, `backlog` long, is full: the kernel drops every further SYN."""

    backlog: int


@dataclass(frozen=True, slots=True)
class Squat:
    """Somebody else holds the address: the program under test that binds it gets EADDRINUSE."""


@dataclass(frozen=True, slots=True)
class Deny:
    """The system call `call` of the program under test fails at once with `errno`; no packet is sent."""

    call: str
    errno: str


DoorVerdict = Refuse | Drop | Hold | LoseSyns | Fill | Squat | Deny
