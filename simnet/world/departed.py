"""Clients that have connected and closed their sockets before the service accepted them.

Law: they are known by the port that they had, and the kernel gives that to another client as soon as its owner is gone: so
several can have had one port, and they are accepted in the order in which they came.
"""

from __future__ import annotations

from simnet.world.attempt import Try

__all__ = ["Departed"]


class Departed:
    """The attempts whose connections wait in the accept queue without a client."""

    def __init__(self) -> None:
        self._by_port: dict[int, list[Try]] = {}

    def __contains__(self, port: int) -> bool:
        return port in self._by_port

    def add(self, port: int, attempt: Try) -> None:
        """It has gone, and had that port."""
        self._by_port.setdefault(port, []).append(attempt)

    def take(self, port: int) -> Try | None:
        """The first who had that port and has not been accepted yet."""
        here = self._by_port.get(port)
        if here is None:
            return None
        if len(here) == 1:
            del self._by_port[port]
        return here.pop(0)

    def take_any(self) -> Try | None:
        """The first of all: whose connection it is whose own client was taken for another one of the same port.

        (Who had no port has not connected: EADDRNOTAVAIL, connect(2).)
        """
        ports = [port for port in self._by_port if port]
        return self.take(min(ports, key=lambda port: self._by_port[port][0].number)) if ports else None
