"""Word of every TCP socket that is destroyed in this network namespace.

Law: this is how a refused attempt is counted. The listener never hears of it, but when the client closes its failed
socket the kernel tells every subscriber of SKNLGRP_INET_TCP_DESTROY (net/core/sock_diag.c; an ordinary user may
subscribe: NL_CFG_F_NONROOT_RECV), naming the addresses, the socket's cookie and its last TCP_INFO. So the count is exact
and belongs to one address, and it comes a moment after the fact. `ss -E` reads the same stream.
"""

from __future__ import annotations

import errno
import socket
import threading
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import trio

from simnet.errors import MachineError
from simnet.values import Endpoint
from simnet.world.kernel.netlink_filter import attach, those_who_dialled
from simnet.world.kernel.sock_diag import NETLINK_SOCK_DIAG, messages, row_of

__all__ = ["Death", "Deaths"]

SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY = 1, 3  # linux/sock_diag.h
RECEIVE_BUFFER = 4 << 20
"""What is asked for; an ordinary user gets net.core.rmem_max, room for some hundred words of about 1 KiB."""


@dataclass(frozen=True, slots=True)
class Death:
    """A socket is gone. `remote` is whom it had dialled; its port is 0 after a blocking connect that failed.

    (connect(2) then disconnects the socket, which forgets the port and the counts: tcp_disconnect, net/ipv4/tcp.c.)
    """

    cookie: int
    local: tuple[str, int]
    remote: tuple[str, int]
    segments_in: int
    bytes_acked: int

    @property
    def client(self) -> str:
        """Its own end, as the trace writes it."""
        return str(Endpoint(*self.local))

    @property
    def connected(self) -> bool:
        """Whether its SYN was acknowledged (which counts as a byte)."""
        return self.bytes_acked > 0

    @property
    def refused(self) -> bool:
        """Whether its SYN was answered, and not by an acknowledgement: a RST."""
        return self.bytes_acked == 0 and (self.segments_in > 0 or self.remote[1] == 0)


class Deaths:
    """The subscription, to those who had dialled one of these addresses."""

    def __init__(self, addresses: Collection[str]) -> None:
        """Subscribe. Raises `MachineError` where the kernel does not let us."""
        groups = 1 << (SKNLGRP_INET_TCP_DESTROY - 1) | 1 << (SKNLGRP_INET6_TCP_DESTROY - 1)
        self._gathered: deque[bytes] = deque()
        self._lock = threading.Lock()
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_SOCK_DIAG)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            attach(self._socket, those_who_dialled(addresses))
            self._socket.bind((0, groups))
        except OSError as error:
            self._socket.close()
            raise MachineError(f"refused attempts cannot be counted here: sock_diag says {error.strerror}") from error

    def close(self) -> None:
        """End the subscription."""
        trio.lowlevel.notify_closing(self._socket)
        with self._lock:
            self._socket.close()

    async def wait(self) -> None:
        """Return when somebody has died since `pending` was last called, unless that was gathered."""
        await trio.lowlevel.wait_readable(self._socket)

    def gather(self) -> None:
        """Make room for more, in any thread: what has come is kept for `pending`.

        The kernel's queue is short, and what comes while it is full is lost (ENOBUFS).
        """
        with self._lock:
            while self._socket.fileno() >= 0:
                try:
                    self._gathered.append(self._socket.recv(1 << 16))
                except BlockingIOError:
                    return
                except OSError as error:
                    if error.errno != errno.ENOBUFS:  # some were missed: the socket goes on
                        raise

    def pending(self) -> list[Death]:
        """Return the deaths since the last call, perhaps none."""
        self.gather()
        found: list[Death] = []
        while self._gathered:
            found += _deaths(self._gathered.popleft())
        return found


def _deaths(data: bytes) -> Iterator[Death]:
    for _, _, body in messages(data):
        row = row_of(body)
        heard, acknowledged = (0, 0) if row.info is None else (row.info.segs_in, row.info.bytes_acked)
        yield Death(row.cookie, row.local, row.remote, heard, acknowledged)
