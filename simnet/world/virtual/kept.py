"""Options that are one number: what Linux takes, what it makes of it, and what it says when nobody has set it.

Law: ranges and errnos are those of sk_setsockopt (net/core/sock.c), do_tcp_setsockopt (net/ipv4/tcp.c) and do_ip_setsockopt
(net/ipv4/ip_sockglue.c), tried on Linux by the campaign. What a number does, if it does anything, is done elsewhere: most
change nothing on loopback. A number that would do what is not modelled is refused.
"""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from simnet.world.virtual.parameters import Parameters
from simnet.world.virtual.refusal import not_modelled, refused
from simnet.world.virtual.settings import Settings

__all__ = ["KEPT", "READ_ONLY", "SO_DOMAIN", "SO_PROTOCOL", "Option", "read_kept"]

Option = tuple[int, int]
"""Level and name."""

SO_PROTOCOL, SO_DOMAIN = 38, 39  # asm-generic/socket.h

READ_ONLY: Final[frozenset[Option]] = frozenset(
    (socket.SOL_SOCKET, name)
    for name in (socket.SO_ERROR, socket.SO_TYPE, SO_DOMAIN, SO_PROTOCOL, socket.SO_ACCEPTCONN, socket.SO_SNDLOWAT)
)

TCP_MIN_MSS, MAX_TCP_WINDOW = 88, 32_767  # include/net/tcp.h
MAX_TCP_KEEPIDLE, MAX_TCP_KEEPINTVL, MAX_TCP_KEEPCNT = 32_767, 32_767, 127  # likewise
INET_ECN_MASK = 3  # include/net/inet_ecn.h
TOS = (socket.IPPROTO_IP, socket.IP_TOS)
PRIORITY = (socket.SOL_SOCKET, socket.SO_PRIORITY)
PRIORITY_OF_TOS: Final = (0, 0, 0, 0, 2, 2, 2, 2, 6, 6, 6, 6, 4, 4, 4, 4)
"""ip_tos2prio (net/ipv4/route.c), by the bits 1 to 4 of the type of service."""


@dataclass(frozen=True, slots=True)
class Kept:
    """One of them. `taken` makes of a number what is kept, or raises the OSError."""

    taken: Callable[[int], int]
    default: Callable[[Parameters], int]

    def put(self, settings: Settings, option: Option, value: int) -> None:
        """setsockopt."""
        settings.kept[option] = self.taken(value)
        if option == TOS:
            settings.kept[PRIORITY] = PRIORITY_OF_TOS[settings.kept[TOS] >> 1 & 0xF]


def read_kept(settings: Settings, option: Option, parameters: Parameters) -> int:
    """getsockopt."""
    return settings.kept.get(option, KEPT[option].default(parameters))


def _flag(value: int) -> int:
    return int(value != 0)


def _within(least: int, most: int) -> Callable[[int], int]:
    def taken(value: int) -> int:
        if not least <= value <= most:
            raise refused(errno.EINVAL)
        return value

    return taken


def _segment(value: int) -> int:
    return _within(TCP_MIN_MSS, MAX_TCP_WINDOW)(value) if value else 0


def _priority(value: int) -> int:
    if not 0 <= value <= 6:
        raise refused(errno.EPERM)  # CAP_NET_ADMIN is not modelled
    return value


def _type_of_service(value: int) -> int:
    return value & 0xFF & ~INET_ECN_MASK


def _traffic_class(value: int) -> int:
    return _type_of_service(_within(0, 255)(0 if value == -1 else value))


def _only(name: str, harmless: Mapping[int, int]) -> Callable[[int], int]:
    """Of an option that does what is not modelled: the numbers that do nothing, and what they are kept as."""

    def taken(value: int) -> int:
        if value not in harmless:
            raise not_modelled(f"{name} = {value}")
        return harmless[value]

    return taken


def _always(value: int) -> Callable[[Parameters], int]:
    return lambda _: value


KEPT: Final[Mapping[Option, Kept]] = {
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE): Kept(_flag, _always(0)),  # see `patience.py`
    (socket.SOL_SOCKET, socket.SO_OOBINLINE): Kept(_flag, _always(0)),
    (socket.SOL_SOCKET, socket.SO_BROADCAST): Kept(_flag, _always(0)),
    (socket.SOL_SOCKET, socket.SO_DONTROUTE): Kept(_flag, _always(0)),
    (socket.SOL_SOCKET, socket.SO_RCVLOWAT): Kept(_only("SO_RCVLOWAT", {0: 1, 1: 1}), _always(1)),
    PRIORITY: Kept(_priority, _always(0)),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY): Kept(_flag, _always(0)),  # every piece is sent at once here
    (socket.IPPROTO_TCP, socket.TCP_CORK): Kept(_only("TCP_CORK", {0: 0}), _always(0)),
    (socket.IPPROTO_TCP, socket.TCP_QUICKACK): Kept(_flag, _always(1)),
    (socket.IPPROTO_TCP, socket.TCP_MAXSEG): Kept(_segment, _always(536)),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE): Kept(_within(1, MAX_TCP_KEEPIDLE), lambda of: int(of.keepalive_idle)),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL): Kept(_within(1, MAX_TCP_KEEPINTVL), lambda of: int(of.keepalive_every)),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT): Kept(_within(1, MAX_TCP_KEEPCNT), lambda of: of.keepalive_probes),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT): Kept(_within(0, (1 << 31) - 1), _always(0)),  # see `patience.py`
    TOS: Kept(_type_of_service, _always(0)),
    (socket.IPPROTO_IPV6, socket.IPV6_TCLASS): Kept(_traffic_class, _always(0)),
}
