"""What was said on each connection, by whom, when, and how it ended.

Law: as it was heard, byte for byte; nothing is judged here. Times are of the caller's clock, in seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Ended", "Said", "Tape"]


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said `data`, the client or its upstream."""

    at: float
    by: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Ended:
    """Somebody will say nothing more: FIN or RST."""

    at: float
    by: str
    how: str


@dataclass(slots=True)
class Tape:
    """Every connection by its number; an ear for `ServiceHandle.overhear`. `clock` gives the seconds."""

    clock: Callable[[], float]
    connections: dict[int, list[Said | Ended]] = field(default_factory=dict)

    def heard(self, connection: int, by: str, data: bytes) -> None:
        """Somebody has said `data`."""
        self.connections.setdefault(connection, []).append(Said(self.clock(), by, data))

    def ended(self, connection: int, by: str, how: str) -> None:
        """Somebody has ended."""
        self.connections.setdefault(connection, []).append(Ended(self.clock(), by, how))
