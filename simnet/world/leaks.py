"""What a client in this process has left behind: connections that it still holds, descriptors that it never closed.

Law: the kernel is asked, not the client: sock_diag knows who holds a connection, /proc/self/fd (proc_pid_fd(5)) every open
descriptor. Only what is new since the watch began is told, each by its name. What is merely waiting for the garbage
collector is collected first: whether it runs in time is no property of a client.
"""

from __future__ import annotations

import contextlib
import gc
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from simnet.trace.events import Accepted
from simnet.trace.wording import seconds, shown
from simnet.values import Endpoint
from simnet.world.kernel.sock_diag import DiagRow, SockDiag
from simnet.world.run import World

__all__ = ["Leak", "LeakWatch"]


@dataclass(frozen=True, slots=True)
class Leak:
    """One thing left open: to which service ("" if none of ours) and what it is."""

    service: str
    what: str

    def __str__(self) -> str:
        return f"the client left open {self.what}"


class LeakWatch:
    """Compares this process with how it was when the watch was made; make it before the network comes up."""

    def __init__(self) -> None:
        self._before = frozenset(_descriptors().items())
        self._connections: list[Leak] = []
        self._told: set[str] = set()

    def look_at_connections(self, world: World) -> None:
        """Find the connections that somebody still holds; while the network is up, for it takes them all down."""
        if _held(world):
            gc.collect()  # it takes long, so it is not asked in vain
        held_by = {link: number for number, link in _descriptors().items()}
        for service, row in _held(world):
            self._connections.append(Leak(service, _connection(row, world, held_by)))
            self._told.add(_socket_link(row))

    def leaks(self) -> tuple[Leak, ...]:
        """Everything left open; when the network is down, so that nothing of ours is among it."""
        if self._fresh():
            gc.collect()
        others = [Leak("", f"fd {number}: {_named(number, link)}") for number, link in self._fresh()]
        return (*self._connections, *others)

    def _fresh(self) -> list[tuple[int, str]]:
        """The descriptors that are new, without those of connections that are told already."""
        return sorted((n, link) for n, link in set(_descriptors().items()) - self._before if link not in self._told)


def _held(world: World) -> list[tuple[str, DiagRow]]:
    """The connections that somebody holds, with their service."""
    with SockDiag() as diag:
        return [
            (service.name, row)
            for service in world.services.values()
            for row in diag.held_towards(service.port)
            if row.remote == (service.address, service.port)
        ]


def _descriptors() -> dict[int, str]:
    """Every descriptor of this process and what it refers to."""
    found: dict[int, str] = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):  # the one that the listing itself had open
            found[int(name)] = os.readlink(f"/proc/self/fd/{name}")
    return found


def _socket_link(row: DiagRow) -> str:
    return f"socket:[{row.inode}]"


def _connection(row: DiagRow, world: World, held_by: Mapping[str, int]) -> str:
    """A connection in words: from where, in which state, by which descriptor, since when."""
    client = str(Endpoint(*row.local))
    began = [e.t for e in world.trace.of(Accepted) if e.client == client]
    descriptor = held_by.get(_socket_link(row))
    holder = "in another process" if descriptor is None else f"fd {descriptor}"
    age = f", for {seconds(world.elapsed() - began[-1])}" if began else ""
    return f"a connection from {client} to {Endpoint(*row.remote)} ({row.state.name}, {holder}){age}"


def _named(number: int, link: str) -> str:
    """A descriptor in words; of a socket the addresses."""
    if not link.startswith("socket:"):
        return shown(link)
    with contextlib.suppress(OSError), socket.socket(fileno=os.dup(number)) as sock:
        with contextlib.suppress(OSError):
            return f"a socket from {_address(sock.getsockname())} to {_address(sock.getpeername())}"
        return f"a socket at {_address(sock.getsockname())}"
    return link


def _address(name: object) -> str:
    if isinstance(name, tuple) and len(name) >= 2:
        return str(Endpoint(str(name[0]), int(name[1])))
    return shown(name) or "(no name)"
