"""What a service is given to speak with, where a client is known by its datagrams alone.

Law: as with a conversation, the service knows no socket; the engine (`world/peers.py`) sends and receives.
"""

from __future__ import annotations

from typing import Protocol

__all__ = ["Peer"]


class Peer(Protocol):
    """One client of a service whose datagrams make a conversation (`Service.converses_by_datagrams`)."""

    async def receive(self) -> bytes:
        """The next datagram that it sends."""
        ...

    async def send(self, data: bytes) -> None:
        """Send it a datagram."""
        ...

    async def wait(self, seconds: float) -> None:
        """Let so many seconds pass."""
        ...

    def misheard(self, message: str) -> None:
        """It has sent what it should not; the trace tells so, and nothing is answered."""
        ...
