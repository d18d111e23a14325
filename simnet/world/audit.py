"""The observer inside this process: Python announces every connect before the kernel sees it.

Law: the audit event `socket.connect` (sys.addaudithook, PEP 578) can be heard but never taken back, so one hook is
installed once, costs one set look-up while no world is up, and holds nothing but the gates of running worlds. Clients
whose connect is made in C (libpq, grpc, uvloop) raise no event and are counted as other programs are.
"""

from __future__ import annotations

import _socket
import contextlib
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from simnet.world.listeners import Listeners
from simnet.world.neighbours import dialled
from simnet.world.visitor import OwnSocket, cookie_of

__all__ = ["listen_to_connects", "own_connects"]

Endpoint = tuple[str, int]
Announce = Callable[[OwnSocket], object]

_gates = Listeners[Endpoint, Announce]()
"""Whoever listens to an endpoint: the gate of its world, and before it a test that wants to know who comes."""
os.register_at_fork(after_in_child=_gates.clear)  # a child's copy of a gate must not touch the door
_own = threading.local()
_installed = threading.Event()
_installing = threading.Lock()


@contextlib.contextmanager
def own_connects() -> Iterator[None]:
    """Connects made by this thread in this block are simnet's own: nobody's attempt."""
    before = getattr(_own, "on", False)
    _own.on = True
    try:
        yield
    finally:
        _own.on = before


@contextlib.contextmanager
def listen_to_connects(endpoint: Endpoint, announce: Announce) -> Iterator[None]:
    """Call `announce` in the client's own thread just before each connect to `endpoint`."""
    _install()
    with _gates.listening(endpoint, announce):
        yield


def _install() -> None:
    """Once in a process, for good (a hook cannot be removed); from then on no lock is taken, which a fork could copy."""
    if _installed.is_set():
        return
    with _installing:
        if not _installed.is_set():
            sys.addaudithook(_hook)
            _installed.set()


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event != "socket.connect" or not _gates or getattr(_own, "on", False):
        return
    sock, address = arguments
    endpoint = _endpoint(sock, address)
    if endpoint is None or sock.type != socket.SOCK_STREAM:
        return
    dialled(endpoint, lambda: cookie_of(sock))
    for announce in _gates.of(endpoint):
        announce(OwnSocket(sock))


def _endpoint(sock: socket.socket, address: object) -> Endpoint | None:
    """The numeric address that the kernel will be given; a name is looked up as connect(2)'s caller in C will look it up.

    Not by `socket.getaddrinfo`, which may be simnet's own (see `resolving.py`): that would ask, and count, a query that
    the client never makes, and find an address to which it will not connect.
    """
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple) or len(address) < 2:
        return None
    host, port = address[0], address[1]
    if not isinstance(host, str) or not isinstance(port, int):
        return None
    if host.startswith("::ffff:"):
        return host.removeprefix("::ffff:"), port
    if (host, port) in _gates or host[:1].isdigit() or ":" in host:
        return host, port
    try:
        found = _socket.getaddrinfo(host or "127.0.0.1", port, sock.family, socket.SOCK_STREAM)
    except OSError:
        return None
    return str(found[0][4][0]), port
