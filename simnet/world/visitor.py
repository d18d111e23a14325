"""A client's socket that is about to connect, announced before the kernel acts.

Law: it can be looked at, never held: a reference that we kept would keep the client's connection open. Who announces
(the audit event of this process, the notifier of a supervised one) is all that the implementations differ in.
"""

from __future__ import annotations

import socket
import struct
import threading
import weakref
from dataclasses import dataclass
from typing import Protocol, final

from simnet.world.kernel.tcp_info import TcpState, tcp_info

__all__ = ["Glimpse", "OwnSocket", "Visitor", "cookie_of", "glimpse_of"]

SO_COOKIE = 57  # asm-generic/socket.h


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What the client's socket is at this moment: its state and its own port (0: none yet)."""

    state: TcpState
    port: int


class Visitor(Protocol):
    """An announced attempt's socket."""

    @property
    def cookie(self) -> int:
        """The kernel's name for the socket (SO_COOKIE)."""

    @property
    def arrived(self) -> Glimpse | None:
        """What it was when it was announced; None if it was closed before."""

    @property
    def thread(self) -> tuple[str, int]:
        """Who calls connect(2): two attempts of one thread come one after the other."""

    @property
    def counted(self) -> str:
        """By whom it was announced, in the words of `trace.events.Attempt`."""

    @property
    def deniable(self) -> bool:
        """Whether its system call can be made to fail with an errno of our choice."""

    def glimpse(self) -> Glimpse | None:
        """Look at it now; None if it is closed."""


@final
class OwnSocket:
    """A socket of this process, announced by Python's audit event in the thread that connects."""

    counted = "by audit"
    deniable = False
    """Raising from the audit hook would do for connect(), and lie to those who call connect_ex()."""

    def __init__(self, sock: socket.socket) -> None:
        self.cookie, self.arrived = cookie_of(sock), glimpse_of(sock)
        self.thread = "own", threading.get_ident()
        self._sock = weakref.ref(sock)

    def glimpse(self) -> Glimpse | None:
        """See `Visitor`."""
        sock = self._sock()
        return None if sock is None else glimpse_of(sock)


def glimpse_of(sock: socket.socket) -> Glimpse | None:
    """Look at `sock`; None if it is closed."""
    try:
        return Glimpse(tcp_info(sock).state, sock.getsockname()[1])
    except OSError:
        return None


def cookie_of(sock: socket.socket) -> int:
    """The kernel's name for this socket, unique while the machine is up (SO_COOKIE)."""
    return int(struct.unpack("=Q", sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0])
