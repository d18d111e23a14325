"""Options and counters of one socket.

Law: one kernel option, one function, no state; what the kernel refuses is raised as the OSError it is. Every number
below that Python has no name for is given with the header that defines it.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import termios

from simnet.world.kernel.stream_socket import StreamSocket

__all__ = [
    "abort_on_close",
    "dropped_segments",
    "limit_ports",
    "min_ttl",
    "no_delay",
    "set_min_ttl",
    "unacknowledged",
    "unread",
]

IP_MINTTL = 21
"""ip(7), include/uapi/linux/in.h. The check is the first thing tcp_v4_rcv does with a segment (net/ipv4/tcp_ipv4.c)."""

IP_LOCAL_PORT_RANGE = 51
"""include/uapi/linux/in.h."""

IPV6_MINHOPCOUNT = 73
"""include/uapi/linux/in6.h; the same check in tcp_v6_rcv (net/ipv6/tcp_ipv6.c)."""

SO_MEMINFO = 55
"""include/uapi/asm-generic/socket.h."""

DEAF = 255
"""Loopback segments carry the default TTL of 64, so this drops all but those of a program that sets IP_TTL to 255."""


def set_min_ttl(sock: StreamSocket, *, on: bool) -> None:
    """Have the kernel drop every segment that arrives for `sock`, unanswered and before TCP looks at it, or stop that.

    A socket that is accepted later inherits the setting of its listener; the ones already accepted keep their own.
    """
    sock.setsockopt(*_min_ttl_option(sock), DEAF if on else 0)


def min_ttl(sock: StreamSocket) -> int:
    """The lowest TTL that `sock` takes: 0 lets all in, 255 is deaf."""
    return sock.getsockopt(*_min_ttl_option(sock))


def abort_on_close(sock: StreamSocket) -> None:
    """Let the close of `sock` send a RST and throw away what is still unsent (SO_LINGER with 0 s, socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def no_delay(sock: StreamSocket) -> None:
    """Send each piece at once, small as it is (TCP_NODELAY: no Nagle, tcp(7))."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def limit_ports(sock: StreamSocket, ports: range) -> None:
    """Have `sock` choose its own port from `ports` when it connects, and fail with EADDRNOTAVAIL if all are in use.

    IP_LOCAL_PORT_RANGE, ip(7), Linux 6.3; it is an option of IPPROTO_IP for IPv6 sockets too.
    """
    both = struct.pack("=I", ports[-1] << 16 | ports[0])
    sock.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, both)


def unacknowledged(sock: StreamSocket) -> int:
    """Bytes given to the kernel that the other side has not acknowledged (SIOCOUTQ, tcp(7)); a FIN counts as one."""
    return _queued(sock, termios.TIOCOUTQ)


def unread(sock: StreamSocket) -> int:
    """Bytes that have arrived and were not yet read (SIOCINQ, tcp(7))."""
    return _queued(sock, termios.FIONREAD)


def _queued(sock: StreamSocket, request: int) -> int:
    answer = fcntl.ioctl(sock.fileno(), request, struct.pack("i", 0))
    return int(struct.unpack("i", answer)[0])


def _min_ttl_option(sock: StreamSocket) -> tuple[int, int]:
    if sock.family == socket.AF_INET6:
        return socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT
    return socket.IPPROTO_IP, IP_MINTTL


def dropped_segments(sock: StreamSocket) -> int:
    """How many segments the kernel has dropped at `sock` so far, by IP_MINTTL or a full queue.

    SK_MEMINFO_DROPS of SO_MEMINFO (Linux 4.12): sk_drops, which tcp_v4_rcv counts up where it discards a segment.
    """
    words = struct.unpack("=9I", sock.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 36))
    return int(words[8])
