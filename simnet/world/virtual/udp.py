"""Datagrams: UDP sockets of the virtual kernel.

Law: a datagram arrives whole and at once, or it is dropped because the receiver has no room; one for a port that nobody
has comes back as ECONNREFUSED to a sender that is connected (ICMP port unreachable, udp(7)), and to no other.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
import struct
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self, final

from simnet.world.network import Endpoint
from simnet.world.virtual.addresses import as_written, to_bind, to_dial
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.ports import ANY_FOUR, ANY_SIX, is_six, wildcard
from simnet.world.virtual.process import Process
from simnet.world.virtual.refusal import not_modelled, refused

__all__ = ["VirtualUdpSocket"]

ROOM = 212_992
"""net.core.rmem_default."""

OVERHEAD = 768
"""What each datagram costs beside its bytes (skb->truesize); the receiver's room is counted with it."""

LARGEST = 65_507
"""Bytes in a datagram of IPv4 (RFC 768 and 791); more is EMSGSIZE."""


@final
class VirtualUdpSocket:
    """A UDP socket of a virtual process: the part of `socket.socket` that clients use, never blocking."""

    listens = False

    def __init__(self, kernel: Kernel, process: Process, family: int = socket.AF_INET) -> None:
        """Raises OSError EMFILE."""
        self.kernel, self.process = kernel, process
        self.family, self.type, self.proto = socket.AddressFamily(family), socket.SOCK_DGRAM, socket.IPPROTO_UDP
        self._fd = process.reserve()
        self.local: Endpoint = kernel.nowhere(self._six)
        self.remote: Endpoint | None = None
        self.six_only = self.reuse_address = self.reuse_port = False
        self.dropped = 0
        self._error = self._queued = 0
        self._arrived: deque[tuple[bytes, Endpoint]] = deque()
        self._watchers: dict[object, Callable[[], None]] = {}

    @property
    def _six(self) -> bool:
        return self.family is socket.AF_INET6

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def fileno(self) -> int:
        """Its descriptor in its virtual process, -1 once it is closed."""
        return self._fd

    def close(self) -> None:
        """close(2), if that was not done yet."""
        if self._fd >= 0:
            self.process.release(self._fd)
            self._fd = -1
            self.kernel.datagram_ports.leave(self, self.local[1])
            self._wake()

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - the name of the socket module
        """It never blocks."""
        if flag:
            raise not_modelled("UDP sockets that block")

    def setsockopt(self, level: int, option: int, value: int | bytes, /) -> None:
        """See `socket.socket`."""
        if (level, option) == (socket.SOL_SOCKET, socket.SO_REUSEADDR):
            self.reuse_address = bool(value)
        elif level != socket.SOL_SOCKET or option not in {socket.SO_RCVBUF, socket.SO_SNDBUF, socket.SO_BROADCAST}:
            raise not_modelled(f"setsockopt({level}, {option}) of UDP")

    def getsockopt(self, level: int, option: int, size: int = 0, /) -> int | bytes:
        """See `socket.socket`."""
        if (level, option) != (socket.SOL_SOCKET, socket.SO_ERROR):
            raise not_modelled(f"getsockopt({level}, {option}) of UDP")
        number, self._error = self._error, 0
        return struct.pack("=i", number)[:size] if size else number

    def getsockname(self) -> Any:
        """See `socket.socket`."""
        return as_written(self._open().local, six=self._six)

    def getpeername(self) -> Any:
        """See `socket.socket`."""
        remote = self._open().remote
        if remote is None:
            raise refused(errno.ENOTCONN)
        return as_written(remote, six=self._six)

    def bind(self, address: Any, /) -> None:
        """See `socket.socket`."""
        host, port = to_bind(address, six=self._six)
        if self._open().local[1]:
            raise refused(errno.EINVAL)
        self._take(host, port)

    def connect(self, address: Any, /) -> None:
        """See `socket.socket`: whom to send to, and from whom alone to hear."""
        remote = to_dial(address, six=self._six)
        own = self._open().local[0]
        if wildcard(own):
            own = "::1" if is_six(remote[0]) else "127.0.0.1"
        if self.local[1]:
            self.local = own, self.local[1]
        else:
            self._take(own, 0)
        self.remote = remote

    def send(self, data: Any, flags: int = 0, /) -> int:
        """See `socket.socket`."""
        remote = self._open().remote
        if remote is None:
            raise refused(errno.EDESTADDRREQ)
        return self._send(bytes(data), remote, flags)

    def sendto(self, data: Any, *rest: Any) -> int:
        """See `socket.socket`."""
        *flags, address = rest
        return self._send(bytes(data), to_dial(address, six=self._six), *flags)

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """See `socket.socket`."""
        return self.recvfrom(size, flags)[0]

    def recvfrom(self, size: int, flags: int = 0, /) -> tuple[bytes, Any]:
        """See `socket.socket`: what does not fit is thrown away."""
        self._open().tell_error()
        if not self._arrived:
            raise refused(errno.EAGAIN)
        data, source = self._arrived[0]
        if not flags & socket.MSG_PEEK:
            self._arrived.popleft()
            self._queued -= len(data) + OVERHEAD
        return data[:size], as_written(source, six=self._six)

    def poll(self) -> int:
        """The mask that poll(2) gives."""
        mask = select.POLLOUT | (select.POLLIN if self._arrived else 0)
        return mask | (select.POLLERR if self._error else 0)

    def is_readable(self) -> bool:
        """Whether recv would not block."""
        return bool(self._arrived or self._error)

    def is_writable(self) -> bool:
        """Whether send would not block: always, a datagram is there at once."""
        return True

    @contextlib.contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Call `told` whenever something has changed, in this block."""
        key = object()
        self._watchers[key] = told
        try:
            yield
        finally:
            self._watchers.pop(key, None)

    def _take(self, host: str, port: int) -> None:
        ports = self.kernel.datagram_ports
        if port and ports.conflicts(self, host, port):
            raise refused(errno.EADDRINUSE)
        self.local = host, port or ports.choose(self, host, self.process.ports)
        ports.take(self)

    def _send(self, data: bytes, remote: Endpoint, flags: int = 0) -> int:
        if flags & ~(socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL):
            raise not_modelled(f"send with flags {flags}")
        self._open().tell_error()
        if len(data) > LARGEST:
            raise refused(errno.EMSGSIZE)
        if not self.local[1]:
            self._take(self.local[0], 0)
        own = self.local[0]
        if wildcard(remote[0]):
            remote = ("::1" if remote[0] == ANY_SIX else "127.0.0.1"), remote[1]
        source = (("::1" if is_six(remote[0]) else "127.0.0.1") if wildcard(own) else own), self.local[1]
        target = self._at(remote, source)
        if target is not None:
            target.arrives(data, source)
        elif self.remote is not None:
            self._error = errno.ECONNREFUSED
            self._wake()
        return len(data)

    def _at(self, remote: Endpoint, source: Endpoint) -> VirtualUdpSocket | None:
        """Who hears at `remote`: a connected socket first, then that address, then the wildcards."""
        found = [one for one in self.kernel.datagram_ports.at(remote[1]) if isinstance(one, VirtualUdpSocket)]
        hearing = [one for one in found if one.remote in {None, source}]
        any_address = (ANY_SIX,) if is_six(remote[0]) else (ANY_FOUR, ANY_SIX)
        for connected in (True, False):
            for wanted in (remote[0], *any_address):
                for one in hearing:
                    if one.local[0] == wanted and (one.remote is not None) == connected:
                        return one
        return None

    def arrives(self, data: bytes, source: Endpoint) -> None:
        """A datagram is here."""
        if self._queued > ROOM:
            self.dropped += 1
            self.kernel.count("UdpRcvbufErrors")
            return
        self._queued += len(data) + OVERHEAD
        self._arrived.append((data, source))
        self._wake()

    def _wake(self) -> None:
        for told in tuple(self._watchers.values()):
            told()

    def tell_error(self) -> None:
        """Raise the error that waits to be told, once."""
        if self._error:
            number, self._error = self._error, 0
            raise refused(number)

    def _open(self) -> Self:
        if self._fd < 0:
            raise refused(errno.EBADF)
        return self
