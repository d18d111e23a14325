"""One attempt to connect, while it is of interest.

Law: what became of it is read from the client's own socket where that is in this process (TCP_INFO of its live socket,
never a guess), and is otherwise left to the kernel's tables and its destroy events.
"""

from __future__ import annotations

import socket
import struct
import threading
import weakref
from dataclasses import dataclass

from simnet.faults.contract import DoorVerdict, Drop, Fill, Hold, LoseSyns
from simnet.plan.plan import Chosen
from simnet.world.door import DoorState
from simnet.world.kernel.tcp_info import TcpState, tcp_info

__all__ = ["Try", "cookie_of"]

SO_COOKIE = 57  # asm-generic/socket.h
SYN_MEETS_WITHIN = 0.005
"""A SYN on loopback is handled before connect(2) returns; this is for a thread that is descheduled in between."""

BOUND_MEETS_WITHIN = 0.05
"""The same for a socket that was bound before it connects: its port says nothing."""


@dataclass(slots=True, eq=False)
class Try:
    """One attempt while it is of interest."""

    number: int
    chosen: Chosen[DoorVerdict] | None
    began: float
    door: DoorState
    client: str = ""
    sock: weakref.ref[socket.socket] | None = None
    port_before: int = 0
    thread: int = 0
    waited: bool = False
    over: bool = False
    said: bool = False
    admitted: bool = False
    syns: int = 1

    @property
    def target(self) -> str:
        """How the trace names it."""
        return f"attempt {self.number}"

    @property
    def verdict(self) -> DoorVerdict | None:
        """What it shall meet."""
        return None if self.chosen is None else self.chosen.verdict

    @property
    def holds_syns(self) -> bool:
        """Whether its SYNs are dropped on purpose while the door may have to let others in."""
        return isinstance(self.verdict, Drop | Hold | LoseSyns)

    @property
    def is_unanswered(self) -> bool:
        """Whether its SYN shall meet silence."""
        return self.holds_syns or isinstance(self.verdict, Fill)

    def announced_by(self, sock: socket.socket) -> None:
        """Remember the client's socket, which is about to connect in this thread."""
        self.sock, self.thread = weakref.ref(sock), threading.get_ident()
        self.port_before = sock.getsockname()[1]

    def has_met(self, now: float) -> bool:
        """Whether its SYN has reached the door (its thread may still stand before the system call)."""
        sock = self._alive()
        if sock is None:
            return True  # closed: it is behind us
        try:
            state = tcp_info(sock).state
            if state is TcpState.SYN_SENT:
                return now - self.began > SYN_MEETS_WITHIN
            return state is not TcpState.CLOSE or self._has_a_port(sock) or now - self.began > BOUND_MEETS_WITHIN
        except OSError:
            return True

    def is_back(self) -> bool:
        """Whether its socket shows that it has been refused: CLOSE, with the port that it was given for its SYN."""
        sock = self._alive()
        try:
            return sock is not None and tcp_info(sock).state is TcpState.CLOSE and self._has_a_port(sock)
        except OSError:
            return False  # closed by now: its destroy event tells

    def is_closed(self) -> bool:
        """Whether it was announced in this process and its socket is closed by now."""
        return self.sock is not None and self._alive() is None

    def _alive(self) -> socket.socket | None:
        sock = None if self.sock is None else self.sock()
        return None if sock is None or sock.fileno() == -1 else sock

    def _has_a_port(self, sock: socket.socket) -> bool:
        return bool(sock.getsockname()[1] != self.port_before)


def cookie_of(sock: socket.socket) -> int:
    """The kernel's name for this socket, unique while the machine is up (SO_COOKIE)."""
    return int(struct.unpack("=Q", sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8))[0])
