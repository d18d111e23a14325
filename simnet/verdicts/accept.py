"""At accept: the kernel has completed the handshake, the client believes to be connected."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["AcceptVerdict", "Close", "Reset", "Starve", "Wait"]


@dataclass(frozen=True, slots=True)
class Wait:
    """The connection stays in the accept queue for so many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Accepted, then RST."""


@dataclass(frozen=True, slots=True)
class Close:
    """Accepted, then FIN."""


@dataclass(frozen=True, slots=True)
class Starve:
    """The accepting process has `free` descriptors left; when they are used up, accept fails with EMFILE."""

    free: int


AcceptVerdict = Wait | Reset | Close | Starve
