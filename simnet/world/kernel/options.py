"""Options and counters of one socket.

Law: one kernel option, one function, no state; what the kernel refuses is raised as the OSError it is. Every number
below that Python has no name for is given with the header that defines it.
"""

from __future__ import annotations

import fcntl
import socket
import struct
import sys
import termios

from simnet.world.kernel.stream_socket import StreamSocket

__all__ = [
    "abort_on_close",
    "acknowledge_now",
    "cut_off",
    "dropped_segments",
    "fix_receive_buffer",
    "limit_ports",
    "min_ttl",
    "no_delay",
    "set_min_ttl",
    "unacknowledged",
    "unread",
    "widen_receive_buffer",
]

IP_MINTTL = 21
"""ip(7), include/uapi/linux/in.h. The check is the first thing tcp_v4_rcv does with a segment (net/ipv4/tcp_ipv4.c)."""

IP_LOCAL_PORT_RANGE = 51
"""include/uapi/linux/in.h."""

IPV6_MINHOPCOUNT = 73
"""include/uapi/linux/in6.h; the same check in tcp_v6_rcv (net/ipv6/tcp_ipv6.c)."""

TCP_MD5SIG = 14
"""tcp(7), include/uapi/linux/tcp.h; struct tcp_md5sig there: an address, flags, key length, interface, key of 80 bytes."""

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


def cut_off(sock: StreamSocket) -> None:
    """From now on no segment passes between `sock` and its peer, and neither of the two is told.

    A key of RFC 2385 for the peer, on our side only (TCP_MD5SIG, tcp(7)): its segments lack the signature that we
    demand, and ours carry one that it rejects, FIN and RST included (tcp_inbound_hash, net/ipv4/tcp.c). Raises OSError
    where the kernel has no TCP_MD5SIG.
    """
    host, port = sock.getpeername()[:2]
    if sock.family == socket.AF_INET6:
        place = struct.pack("=H2xI16s", sock.family, 0, socket.inet_pton(socket.AF_INET6, host))
    else:
        place = struct.pack("=H2x4s", sock.family, socket.inet_aton(host))
    address = place[:2] + socket.htons(port).to_bytes(2, sys.byteorder) + place[4:]
    key = b"nobody knows it"
    value = address.ljust(128, b"\0") + struct.pack("=BBHi", 0, 0, len(key), 0) + key.ljust(80, b"\0")
    sock.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, value)


def fix_receive_buffer(sock: StreamSocket) -> None:
    """Have the kernel keep the receive buffer of `sock` as large as it is: no more tuning by itself (SO_RCVBUF, socket(7)).

    By default that is 128 KiB (tcp_rmem, tcp(7)). Made smaller than the window that is announced already, the kernel
    would drop what arrives in that window, and the client would retransmit and not meet a zero window (RFC 9293
    section 3.8.6 on shrinking windows).
    """
    now = sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, now // 2)  # the kernel doubles it


def widen_receive_buffer(sock: StreamSocket) -> None:
    """Give `sock` the largest receive buffer that anybody may have (net.core.rmem_max, socket(7))."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 30)


def acknowledge_now(sock: StreamSocket) -> None:
    """Send the acknowledgement that is due at once, not with what is sent next or 40 ms later (TCP_QUICKACK, tcp(7))."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 1)


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
