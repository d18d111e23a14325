"""The observer of a supervised program: every connect of it, of its children and of all their threads is announced here.

Law: a thread of its own, so that a busy world cannot keep the program waiting. A connect to anything but a running
service continues at once; whatever goes wrong here, the program goes on. The program's sockets are looked at for
microseconds and never held.

What is no connect(2) is not announced: sendto(2) with MSG_FASTOPEN, sendmsg(2), and io_uring (which no seccomp filter
sees). Such attempts are counted as those of any other program; a datagram that an isolated program sends so to an
address outside fails in the kernel as well (ENETUNREACH), and is not told.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, Self, final

from simnet.errors import MachineError
from simnet.values import is_loopback
from simnet.world.comers import Comers
from simnet.world.kernel.options import limit_ports
from simnet.world.kernel.seccomp import Notice, answer, borrowed_socket, process_of, read_memory, receive, wake_at_once
from simnet.world.neighbours import dialled
from simnet.world.visitor import Glimpse, Visitor, cookie_of, glimpse_of

__all__ = ["Announced", "ForeignSocket", "Observers", "notifying", "own_ports"]

SOCK_TYPE_MASK = 0xF
"""The type without SOCK_NONBLOCK and SOCK_CLOEXEC (include/linux/net.h)."""

EPHEMERAL = range(32768, 60999)
"""The kernel's own ports for connect (ip_local_port_range, ip(7)), where it has its default."""

LONGEST_ADDRESS = 128
"""sizeof(struct sockaddr_storage)."""

WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - they are recognised, not bound
TRANSPORTS = {socket.SOCK_STREAM: "TCP", socket.SOCK_DGRAM: "UDP"}

Endpoint = tuple[str, int]


class Announced(Protocol):
    """Who is told: the gate of a service."""

    comers: Comers
    """Who may come unannounced."""

    @property
    def takes_all_alike(self) -> bool:
        """Whether no attempt is to meet anything, so that none need be announced."""

    def announced(self, visitor: Visitor) -> str:
        """A socket is about to connect; returns the errno with which that is to fail, by name, or ""."""

    def asks_for_socket(self) -> str:
        """A TCP socket is asked for; returns the errno with which that is to fail, by name, or ""."""

    def binds(self) -> None:
        """The address is about to be bound."""


@dataclass(frozen=True, slots=True)
class Observers:
    """Who is told of what: by the address that is dialled, bound, or, of a new socket, all in turn."""

    connects: Mapping[Endpoint, Announced]
    sockets: Sequence[Announced] = ()
    binds: Mapping[Endpoint, Announced] = field(default_factory=dict)
    ports: range | None = None
    """The ephemeral ports that sockets which dial a service may have; None: any."""
    outside: Callable[[str, int, str], None] | None = None
    """Told of every connect to an address outside loopback, and by which transport; None: nobody cares."""


@final
class ForeignSocket:
    """A socket of the supervised program, by process and descriptor; looked at anew each time."""

    counted = "by notifier"
    deniable = True

    def __init__(self, process: int, thread: int, descriptor: int, sock: socket.socket) -> None:
        self.cookie, self.arrived = cookie_of(sock), glimpse_of(sock)
        self.thread = "supervised", thread
        self._process, self._descriptor = process, descriptor

    @classmethod
    def announced(cls, notice: Notice, ports: range | None) -> Self | None:
        """The socket that a connect is about, limited to its `ports`; None unless it is a TCP socket."""
        process, descriptor = process_of(notice.thread), notice.arguments[0] & 0xFFFF_FFFF
        with borrowed_socket(process, descriptor) as sock:
            if sock is None or sock.type != socket.SOCK_STREAM:
                return None
            if ports is not None:
                limit_ports(sock, ports)
            return cls(process, notice.thread, descriptor, sock)

    def glimpse(self) -> Glimpse | None:
        """See `Visitor`."""
        with borrowed_socket(self._process, self._descriptor) as sock:
            try:
                if sock is None or cookie_of(sock) != self.cookie:
                    return None  # closed, and perhaps another one has its number
            except OSError:
                return None
            return glimpse_of(sock)


def own_ports(count: int | None) -> range | None:
    """So many ephemeral ports for one program: different ones for programs side by side, as far as it goes.

    Raises `MachineError` where a socket cannot be limited to them (Linux before 6.3).
    """
    if count is None:
        return None
    first = EPHEMERAL.start + os.getpid() * 61 % (len(EPHEMERAL) - count)
    ports = range(first, first + count)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        try:
            limit_ports(trial, ports)
        except OSError as error:
            why = f"IP_LOCAL_PORT_RANGE (Linux 6.3) is not to be had: {error.strerror}"
            raise MachineError(f"the program cannot be given {count} ports: {why}; leave `ports` out") from error
    return ports


@contextlib.contextmanager
def notifying(notifier: int, observers: Observers) -> Iterator[None]:
    """Serve the notices of `notifier` (which is closed at the end) in a thread, while the block lasts.

    A program that outlives the block gets ENOSYS from its next connect (seccomp_unotify(2)): end it before.
    """
    stop, stopped = os.pipe2(os.O_CLOEXEC)
    thread = threading.Thread(target=_serve, args=(notifier, stop, observers), name="simnet notifier", daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(stopped)
        thread.join()
        os.close(stop)
        os.close(notifier)


def _serve(notifier: int, stop: int, observers: Observers) -> None:
    wake_at_once(notifier)
    poll = select.poll()
    poll.register(notifier, select.POLLIN)
    poll.register(stop, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if stop in ready or ready.get(notifier, 0) & ~select.POLLIN:
            return  # the world is going down, or nobody is left to ask (POLLHUP)
        notice = receive(notifier)
        if notice is not None:
            denied = 0
            try:
                denied = getattr(errno, _tell(notifier, notice, observers) or "", 0)
            finally:
                answer(notifier, notice, denied)


def _tell(notifier: int, notice: Notice, observers: Observers) -> str:
    """Tell whom it concerns; the errno with which the system call is to fail, by name, or ""."""
    if notice.call == "socket":
        return _tell_of_socket(notice, observers.sockets)
    _, address, size = notice.arguments[:3]
    endpoint = parse_address(read_memory(notifier, notice, address, min(size, LONGEST_ADDRESS)))
    if endpoint is None:
        return ""
    if notice.call == "bind":
        for gate in _concerned(endpoint, observers.binds):
            gate.binds()
        return ""
    dialled(endpoint, lambda: _cookie(notice))
    if endpoint in observers.connects:
        return _tell_of_connect(notice, observers.connects[endpoint], observers.ports)
    if observers.outside is not None and not is_here(endpoint[0]) and (transport := _transport(notice)):
        observers.outside(*endpoint, transport)
    return ""


def _tell_of_connect(notice: Notice, gate: Announced, ports: range | None) -> str:
    if gate.takes_all_alike and ports is None:
        return ""
    visitor = ForeignSocket.announced(notice, ports)
    return "" if visitor is None else gate.announced(visitor)


def _borrowed(notice: Notice) -> contextlib.AbstractContextManager[socket.socket | None]:
    """The socket that the system call is about; None if there is none."""
    return borrowed_socket(process_of(notice.thread), notice.arguments[0] & 0xFFFF_FFFF)


def _cookie(notice: Notice) -> int:
    with _borrowed(notice) as sock:
        if sock is None:
            raise OSError(errno.EBADF, "it has closed its socket")
        return cookie_of(sock)


def is_here(address: str) -> bool:
    """Whether a connect to the address stays on this machine; the wildcards stand for localhost (ip(7))."""
    return is_loopback(address) or address in WILDCARDS


def _transport(notice: Notice) -> str:
    """TCP, UDP or other; "" if there is no such socket."""
    with _borrowed(notice) as sock:
        return "" if sock is None else TRANSPORTS.get(sock.type, "other")


def _tell_of_socket(notice: Notice, gates: Sequence[Announced]) -> str:
    family, kind = notice.arguments[:2]
    if family not in {socket.AF_INET, socket.AF_INET6} or kind & SOCK_TYPE_MASK != socket.SOCK_STREAM:
        return ""
    return next(filter(None, (gate.asks_for_socket() for gate in gates)), "")


def _concerned(endpoint: Endpoint, binds: Mapping[Endpoint, Announced]) -> list[Announced]:
    """Whose address is bound: that one's, or, by a wildcard, everybody's with the same port."""
    address, port = endpoint
    if address in WILDCARDS:
        return [gate for (_, own), gate in binds.items() if own == port]
    return [binds[endpoint]] if endpoint in binds else []


def parse_address(data: bytes) -> Endpoint | None:
    """Address and port in a struct sockaddr_in or sockaddr_in6 (v4-mapped ones as IPv4); None for all others."""
    if len(data) < 8:
        return None
    family = struct.unpack_from("=H", data)[0]
    port = int.from_bytes(data[2:4], "big")
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, data[4:8]), port
    if family == socket.AF_INET6 and len(data) >= 24:
        text = socket.inet_ntop(socket.AF_INET6, data[8:24])
        return (text.removeprefix("::ffff:") if "." in text else text), port
    return None
