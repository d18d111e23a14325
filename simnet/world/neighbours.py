"""Who has dialled a neighbour: another port of an address where a service is.

Law: a blocking connect that was refused has forgotten which port it had dialled (tcp_disconnect, net/ipv4/tcp.c), and the
word of its death names the address alone. So whoever announces connects says here, before the kernel acts, which socket
dials whom; its death is then no attempt at the service. Of a socket that nobody announces nothing is known.
"""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Protocol, TypeAlias

from simnet.world.listeners import Listeners

__all__ = ["Dialled", "Neighbours", "dialled", "listen_to_neighbours"]

Endpoint: TypeAlias = tuple[str, int]
Dialled: TypeAlias = Callable[[Endpoint, Callable[[], int]], None]
"""Told whom a socket is about to dial, and how to ask for its cookie."""

REMEMBERED = 10_000
"""Sockets, at least; a program may dial its database at 127.0.0.1 all day, and not all deaths are heard of."""

_at = Listeners[str, Dialled]()
"""By address: the worlds of this process that have a service there."""
os.register_at_fork(after_in_child=_at.clear)  # they are not in a child


def listen_to_neighbours(address: str, tell: Dialled) -> AbstractContextManager[None]:
    """Tell of each connect to any port of `address` that can be foreseen, in the client's thread or the notifier's."""
    return _at.listening(address, tell)


def dialled(remote: Endpoint, cookie: Callable[[], int]) -> None:
    """A socket is about to dial `remote`; `cookie` asks for its SO_COOKIE, and may raise OSError: it is gone."""
    for tell in _at.of(remote[0]):
        with contextlib.suppress(OSError):
            tell(remote, cookie)


class Service(Protocol):
    """What has to be known of a service: its gate."""

    @property
    def takes_all_alike(self) -> bool:
        """Whether it does not look at those who come, so that their sockets are not known there."""


class Neighbours:
    """The sockets that have dialled somebody else at the address of one of these services."""

    def __init__(self, services: Mapping[Endpoint, Service]) -> None:
        self._services = services
        self._at = Counter(address for address, _ in services)
        self._sockets: set[int] = set()
        self._older: set[int] = set()
        """Two generations, so that nothing need be locked: a fork may copy a lock that is held."""

    @property
    def addresses(self) -> frozenset[str]:
        """Where the services are."""
        return frozenset(self._at)

    def dialled(self, remote: Endpoint, cookie: Callable[[], int]) -> None:
        """See `Dialled`."""
        service = self._services.get(remote)
        if service is None or (service.takes_all_alike and self._at[remote[0]] > 1):
            if len(self._sockets) >= REMEMBERED:
                self._sockets, self._older = set(), self._sockets
            self._sockets.add(cookie())

    def died(self, cookie: int) -> bool:
        """The socket is gone; whether it had dialled a neighbour."""
        known = cookie in self._sockets or cookie in self._older
        self._sockets.discard(cookie)
        self._older.discard(cookie)
        return known
