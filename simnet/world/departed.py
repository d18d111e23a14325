"""Clients that have connected and closed their sockets before the service accepted them.

Law: they are known by the port that they had, and the kernel gives that to another client as soon as its owner is gone: so
several can have had one port, and they are accepted in the order in which they came.
"""

from __future__ import annotations

from collections.abc import Mapping

from simnet.world.attempt import Try
from simnet.world.door import DoorState

__all__ = ["Departed"]


class Departed:
    """The attempts whose connections wait in the accept queue without a client."""

    def __init__(self) -> None:
        self._by_port: dict[int, list[Try]] = {}

    def __contains__(self, port: int) -> bool:
        return port in self._by_port

    def whose(self, cookie: int, port: int, tries: Mapping[int, Try]) -> Try | None:
        """Whose connection it is; each attempt is taken once, for a port can be another client's already.

        Connections are accepted in the order in which they came: who had the port first, if we know, was first.
        `tries` are those whose sockets are there or have not been said to be gone, by cookie; `cookie` 0: it is gone.
        """
        known = self.take(port) or tries.get(cookie)
        if (known is None and not cookie) or (known is not None and known.taken):
            return self._who_has_left(tries) or known
        return known

    def _who_has_left(self, tries: Mapping[int, Try]) -> Try | None:
        """Who had closed its socket before we accepted, and whose destroy event is to come: the oldest.

        If that was taken for somebody else, then he for whom it was is still here.
        """
        let_in = (attempt for attempt in tries.values() if not attempt.over and attempt.door is DoorState.OPEN)
        return next((attempt for attempt in let_in if attempt.is_closed()), None) or self.take_any()

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
