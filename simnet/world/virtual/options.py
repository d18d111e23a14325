"""get- and setsockopt, with the numbers and layouts of Linux.

Law: an option that would change what this model does is modelled, one that changes nothing on loopback is kept and told
again, and any other is refused: a program that relies on it would be told a lie.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Final

from simnet.world.kernel.tcp_info import LAYOUT, TcpState
from simnet.world.virtual.exchange import take_error
from simnet.world.virtual.refusal import not_modelled, refused
from simnet.world.virtual.tcb import Tcb

__all__ = ["get_option", "packed_tcp_info", "set_option"]

IP_MINTTL, IPV6_MINHOPCOUNT, IP_LOCAL_PORT_RANGE = 21, 73, 51  # linux/in.h, in6.h
TCP_MD5SIG = 14  # linux/tcp.h
SO_PROTOCOL, SO_DOMAIN, SO_MEMINFO, SO_COOKIE = 38, 39, 55, 57  # asm-generic/socket.h
SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF = 4608, 2304  # include/net/sock.h
LARGEST_BUFFER = 212_992
"""net.core.wmem_max and rmem_max."""

Option = tuple[int, int]

HARMLESS: Final[frozenset[Option]] = frozenset(
    {
        (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
        (socket.SOL_SOCKET, socket.SO_OOBINLINE),
        (socket.SOL_SOCKET, socket.SO_PRIORITY),
        (socket.SOL_SOCKET, socket.SO_BROADCAST),
        (socket.IPPROTO_TCP, socket.TCP_NODELAY),
        (socket.IPPROTO_TCP, socket.TCP_QUICKACK),
        (socket.IPPROTO_TCP, socket.TCP_MAXSEG),
        (socket.IPPROTO_IP, socket.IP_TOS),
        (socket.IPPROTO_IPV6, socket.IPV6_TCLASS),
    }
)
"""Kept and told again. Loopback has no Nagle to speak of here: every piece is sent at once. Keep-alive asks after two
hours at the earliest, unless TCP_KEEPIDLE says otherwise, which is refused."""


def set_option(tcb: Tcb, level: int, option: int, value: int | bytes) -> None:
    """setsockopt(2)."""
    _check_level(tcb, level)
    if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
        on, seconds = struct.unpack("ii", value if isinstance(value, bytes) else struct.pack("ii", value, 0))
        tcb.settings.linger = seconds if on else None
        return
    if (level, option) == (socket.IPPROTO_TCP, TCP_MD5SIG):
        tcb.severed = True  # the one use that is known here: a key that the other side does not have (`cut_off`)
        return
    number = value if isinstance(value, int) else int(struct.unpack("=i", value[:4])[0])
    setter = _SETTERS.get((level, option))
    if setter is not None:
        setter(tcb, number)
    elif (level, option) in HARMLESS:
        tcb.settings.kept[level, option] = number
    else:
        raise not_modelled(f"setsockopt({level}, {option})")


def get_option(tcb: Tcb, level: int, option: int, size: int) -> int | bytes:
    """getsockopt(2): a number, or `size` bytes if that is not 0."""
    _check_level(tcb, level)
    wide = _WIDE.get((level, option))
    if wide is not None:
        return wide(tcb)[:size]
    getter = _GETTERS.get((level, option))
    if getter is not None:
        number = getter(tcb)
    elif (level, option) in HARMLESS:
        number = tcb.settings.kept.get((level, option), 0)
    else:
        raise not_modelled(f"getsockopt({level}, {option})")
    return struct.pack("=i", number)[:size] if size else number


def _check_level(tcb: Tcb, level: int) -> None:
    """A socket of IPv4 knows no options of IPv6; the other way round they are known."""
    if level == socket.IPPROTO_IPV6 and not tcb.settings.six:
        raise refused(errno.ENOPROTOOPT)


def packed_tcp_info(tcb: Tcb) -> bytes:
    """struct tcp_info, with what `kernel/tcp_info.py` reads of it."""
    fields = [0] * 54
    listening, waiting = tcb.state is TcpState.LISTEN, tcb.state is TcpState.SYN_SENT
    flying = -(-(tcb.out.sent - tcb.out.acknowledged) // tcb.kernel.parameters.segment)
    again = max(0, tcb.syns - 1)
    fields[0] = tcb.state
    fields[2] = fields[4] = again if waiting else tcb.retransmits
    fields[8] = 1_000_000 if waiting else int(tcb.kernel.parameters.retransmit_first * 1_000_000)
    fields[12] = len(tcb.queue) if listening else int(waiting) or flying
    fields[13] = tcb.backlog if listening else 0
    fields[31] = tcb.retransmitted + again
    fields[34], fields[35] = tcb.acknowledged, tcb.arrived.expected
    fields[36], fields[37] = tcb.segments_out, tcb.segments_in
    fields[38] = max(0, tcb.out.written - tcb.out.sent)
    fields[40], fields[41] = tcb.data_in, tcb.data_out
    fields[48] = tcb.out.sent
    return LAYOUT.pack(*fields)


def _set(name: str) -> Callable[[Tcb, int], None]:
    return lambda tcb, value: setattr(tcb.settings, name, bool(value))


def _set_min_ttl(tcb: Tcb, value: int) -> None:
    tcb.settings.min_ttl = value


def _set_six_only(tcb: Tcb, value: int) -> None:
    if tcb.port_number:
        raise refused(errno.EINVAL)
    tcb.settings.six_only = bool(value)


def _set_min_hops(tcb: Tcb, value: int) -> None:
    tcb.settings.min_hops = value


def _set_most_unsent(tcb: Tcb, value: int) -> None:
    tcb.settings.most_unsent = value or None


def _set_send_buffer(tcb: Tcb, value: int) -> None:
    tcb.settings.send_buffer = max(2 * min(value, LARGEST_BUFFER), SOCK_MIN_SNDBUF)


def _set_receive_buffer(tcb: Tcb, value: int) -> None:
    tcb.settings.receive_buffer = max(2 * min(value, LARGEST_BUFFER), SOCK_MIN_RCVBUF)
    tcb.arrived.room = tcb.settings.room(tcb.kernel.parameters)


def _set_ports(tcb: Tcb, value: int) -> None:
    tcb.settings.ports = (value & 0xFFFF, value >> 16 & 0xFFFF)


_SETTERS: Final[Mapping[Option, Callable[[Tcb, int], None]]] = {
    (socket.SOL_SOCKET, socket.SO_REUSEADDR): _set("reuse_address"),
    (socket.SOL_SOCKET, socket.SO_REUSEPORT): _set("reuse_port"),
    (socket.SOL_SOCKET, socket.SO_SNDBUF): _set_send_buffer,
    (socket.SOL_SOCKET, socket.SO_RCVBUF): _set_receive_buffer,
    (socket.IPPROTO_IP, IP_MINTTL): _set_min_ttl,
    (socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE): _set_ports,
    (socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT): _set_min_hops,
    (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY): _set_six_only,
    (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT): _set_most_unsent,
}

_GETTERS: Final[Mapping[Option, Callable[[Tcb], int]]] = {
    (socket.SOL_SOCKET, socket.SO_ERROR): take_error,
    (socket.SOL_SOCKET, socket.SO_TYPE): lambda _: socket.SOCK_STREAM,
    (socket.SOL_SOCKET, SO_DOMAIN): lambda tcb: socket.AF_INET6 if tcb.settings.six else socket.AF_INET,
    (socket.SOL_SOCKET, SO_PROTOCOL): lambda _: socket.IPPROTO_TCP,
    (socket.SOL_SOCKET, socket.SO_ACCEPTCONN): lambda tcb: int(tcb.listens),
    (socket.SOL_SOCKET, socket.SO_REUSEADDR): lambda tcb: int(tcb.reuse_address),
    (socket.SOL_SOCKET, socket.SO_REUSEPORT): lambda tcb: int(tcb.reuse_port),
    (socket.SOL_SOCKET, socket.SO_SNDBUF): lambda tcb: tcb.settings.send_room(tcb.kernel.parameters),
    (socket.SOL_SOCKET, socket.SO_RCVBUF): lambda tcb: tcb.settings.receive_buffer or tcb.arrived.room,
    (socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT): lambda tcb: tcb.settings.most_unsent or 0,
    (socket.IPPROTO_IP, IP_MINTTL): lambda tcb: tcb.settings.min_ttl,
    (socket.IPPROTO_IPV6, IPV6_MINHOPCOUNT): lambda tcb: tcb.settings.min_hops,
    (socket.IPPROTO_IPV6, socket.IPV6_V6ONLY): lambda tcb: int(tcb.six_only),
}


def _meminfo(tcb: Tcb) -> bytes:
    arrived, queued = len(tcb.arrived.data), tcb.out.outstanding
    return struct.pack("=9I", arrived, 0, queued, 0, 0, queued, 0, 0, tcb.drops)


def _linger(tcb: Tcb) -> bytes:
    linger = tcb.settings.linger
    return struct.pack("ii", linger is not None, linger or 0)


_WIDE: Final[Mapping[Option, Callable[[Tcb], bytes]]] = {
    (socket.IPPROTO_TCP, socket.TCP_INFO): packed_tcp_info,
    (socket.SOL_SOCKET, SO_MEMINFO): _meminfo,
    (socket.SOL_SOCKET, SO_COOKIE): lambda tcb: struct.pack("=Q", tcb.cookie),
    (socket.SOL_SOCKET, socket.SO_LINGER): _linger,
}
