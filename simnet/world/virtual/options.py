"""get- and setsockopt, with the numbers and layouts of Linux.

Law: an option that would change what this model does is modelled, one that changes nothing on loopback is kept and told
again (`kept.py`), and any other is refused: a program that relies on it would be told a lie.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable, Mapping
from typing import Final

from simnet.world.kernel.tcp_info import LAYOUT, TcpState
from simnet.world.virtual.exchange import take_error
from simnet.world.virtual.kept import KEPT, READ_ONLY, SO_DOMAIN, SO_PROTOCOL, Option, read_kept
from simnet.world.virtual.patience import ask_later
from simnet.world.virtual.refusal import not_modelled, refused
from simnet.world.virtual.tcb import Tcb

__all__ = ["get_option", "packed_tcp_info", "set_option"]

IP_MINTTL, IPV6_MINHOPCOUNT, IP_LOCAL_PORT_RANGE = 21, 73, 51  # linux/in.h, in6.h
TCP_MD5SIG = 14  # linux/tcp.h
SO_MEMINFO, SO_COOKIE = 55, 57  # asm-generic/socket.h
INT, LINGER = 4, struct.Struct("ii")
SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF = 4608, 2304  # include/net/sock.h

ASKS_LATER: Final = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE),
}
"""What winds the clock of keep-alive up."""


def set_option(tcb: Tcb, level: int, option: int, value: int | bytes) -> None:
    """setsockopt(2)."""
    _check_level(tcb, level, errno.ENOPROTOOPT)
    if (level, option) == (socket.IPPROTO_TCP, TCP_MD5SIG):
        tcb.severed = True  # the one use that is known here: a key that the other side does not have (`cut_off`)
        return
    given = value if isinstance(value, bytes) else struct.pack("=i", value)
    number = _number(level, option, given)
    if (level, option) in READ_ONLY:
        raise refused(errno.ENOPROTOOPT)
    if (level, option) == (socket.SOL_SOCKET, socket.SO_LINGER):
        _set_linger(tcb, given)
        return
    setter, kept = _SETTERS.get((level, option)), KEPT.get((level, option))
    if setter is not None:
        setter(tcb, number)
    elif kept is not None:
        kept.put(tcb.settings, (level, option), number)
    else:
        raise not_modelled(f"setsockopt({level}, {option})")
    if (level, option) in ASKS_LATER:
        ask_later(tcb)


def _number(level: int, option: int, given: bytes) -> int:
    """The number that is meant; the options of IPv4 may be one byte. Raises EINVAL for less."""
    if level == socket.IPPROTO_IP and option == socket.IP_TOS and len(given) < INT:
        return given[0] if given else 0
    if len(given) < INT:
        raise refused(errno.EINVAL)
    return int(struct.unpack("=i", given[:INT])[0])


def _set_linger(tcb: Tcb, given: bytes) -> None:
    if len(given) < LINGER.size:
        raise refused(errno.EINVAL)
    on, seconds = LINGER.unpack(given[: LINGER.size])
    tcb.settings.lingers = bool(on)
    if on:
        tcb.settings.linger_seconds = seconds


def get_option(tcb: Tcb, level: int, option: int, size: int) -> int | bytes:
    """getsockopt(2): a number, or `size` bytes if that is not 0."""
    _check_level(tcb, level, errno.EOPNOTSUPP)
    wide = _WIDE.get((level, option))
    if wide is not None:
        found = wide(tcb)
        return found[:size] if size else int(struct.unpack("=i", found[:INT])[0])
    getter = _GETTERS.get((level, option))
    if getter is not None:
        number = getter(tcb)
    elif (level, option) in KEPT:
        number = read_kept(tcb.settings, (level, option), tcb.kernel.parameters)
    else:
        raise not_modelled(f"getsockopt({level}, {option})")
    if not size:
        return number
    is_byte = level == socket.IPPROTO_IP and size < INT and 0 <= number <= 255
    return struct.pack("=i", number)[: 1 if is_byte else size]


def _check_level(tcb: Tcb, level: int, number: int) -> None:
    """A socket of IPv4 knows no options of IPv6; the other way round they are known."""
    if level == socket.IPPROTO_IPV6 and not tcb.settings.six:
        raise refused(number)


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
    tcb.settings.send_buffer = max(2 * _bounded(tcb, value), SOCK_MIN_SNDBUF)


def _set_receive_buffer(tcb: Tcb, value: int) -> None:
    tcb.settings.receive_buffer = max(2 * _bounded(tcb, value), SOCK_MIN_RCVBUF)
    tcb.arrived.room = tcb.settings.room(tcb.kernel.parameters)


def _bounded(tcb: Tcb, value: int) -> int:
    """Compared without a sign: less than nothing is all that there is."""
    return min(value & 0xFFFF_FFFF, tcb.kernel.parameters.largest_buffer)


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
    (socket.SOL_SOCKET, socket.SO_SNDLOWAT): lambda _: 1,
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
    return LINGER.pack(tcb.settings.lingers, tcb.settings.linger_seconds)


_WIDE: Final[Mapping[Option, Callable[[Tcb], bytes]]] = {
    (socket.IPPROTO_TCP, socket.TCP_INFO): packed_tcp_info,
    (socket.SOL_SOCKET, SO_MEMINFO): _meminfo,
    (socket.SOL_SOCKET, SO_COOKIE): lambda tcb: struct.pack("=Q", tcb.cookie),
    (socket.SOL_SOCKET, socket.SO_LINGER): _linger,
}
