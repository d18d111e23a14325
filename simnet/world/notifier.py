"""The observer of a supervised program: every connect of it, of its children and of all their threads is announced here.

Law: a thread of its own, so that a busy world cannot keep the program waiting. A connect to anything but a running
service continues at once; whatever goes wrong here, the program goes on. The program's sockets are looked at for
microseconds and never held.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Self, final

from simnet.world.kernel.seccomp import Notice, answer, borrowed_socket, process_of, read_memory, receive
from simnet.world.visitor import Glimpse, Visitor, cookie_of, glimpse_of

__all__ = ["ForeignSocket", "notifying"]

LONGEST_ADDRESS = 128
"""sizeof(struct sockaddr_storage)."""

Endpoint = tuple[str, int]
Announce = Callable[[Visitor], None]


@final
class ForeignSocket:
    """A socket of the supervised program, by process and descriptor; looked at anew each time."""

    counted = "by notifier"

    def __init__(self, process: int, thread: int, descriptor: int, cookie: int) -> None:
        self.cookie = cookie
        self.thread = "supervised", thread
        self._process, self._descriptor = process, descriptor

    @classmethod
    def announced(cls, notice: Notice) -> Self | None:
        """The socket that a connect is about; None unless it is a TCP socket."""
        process, descriptor = process_of(notice.thread), notice.arguments[0] & 0xFFFF_FFFF
        with borrowed_socket(process, descriptor) as sock:
            if sock is None or sock.type != socket.SOCK_STREAM:
                return None
            return cls(process, notice.thread, descriptor, cookie_of(sock))

    def glimpse(self) -> Glimpse | None:
        """See `Visitor`."""
        with borrowed_socket(self._process, self._descriptor) as sock:
            try:
                if sock is None or cookie_of(sock) != self.cookie:
                    return None  # closed, and perhaps another one has its number
            except OSError:
                return None
            return glimpse_of(sock)


@contextlib.contextmanager
def notifying(notifier: int, announce: Mapping[Endpoint, Announce]) -> Iterator[None]:
    """Serve the notices of `notifier` (which is closed at the end) in a thread, while the block lasts.

    A program that outlives the block gets ENOSYS from its next connect (seccomp_unotify(2)): end it before.
    """
    stop, stopped = os.pipe2(os.O_CLOEXEC)
    thread = threading.Thread(target=_serve, args=(notifier, stop, announce), name="simnet notifier", daemon=True)
    thread.start()
    try:
        yield
    finally:
        os.close(stopped)
        thread.join()
        os.close(stop)
        os.close(notifier)


def _serve(notifier: int, stop: int, announce: Mapping[Endpoint, Announce]) -> None:
    poll = select.poll()
    poll.register(notifier, select.POLLIN)
    poll.register(stop, select.POLLIN)
    while True:
        ready = dict(poll.poll())
        if stop in ready or ready.get(notifier, 0) & ~select.POLLIN:
            return  # the world is going down, or nobody is left to ask (POLLHUP)
        notice = receive(notifier)
        if notice is not None:
            try:
                _tell(notifier, notice, announce)
            finally:
                answer(notifier, notice)


def _tell(notifier: int, notice: Notice, announce: Mapping[Endpoint, Announce]) -> None:
    _, address, size = notice.arguments[:3]
    endpoint = parse_address(read_memory(notifier, notice, address, min(size, LONGEST_ADDRESS)))
    heard = announce.get(endpoint) if endpoint is not None else None
    visitor = ForeignSocket.announced(notice) if heard is not None else None
    if heard is not None and visitor is not None:
        heard(visitor)


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
