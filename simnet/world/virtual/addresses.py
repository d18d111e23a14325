"""Addresses as programs write them, and as the virtual kernel has them.

Law: the kernel knows plain addresses only, 127.0.0.1 also for a program that calls it ::ffff:127.0.0.1 (RFC 4291 section
2.5.5.2). There is nothing outside loopback: binding elsewhere is EADDRNOTAVAIL, dialling elsewhere ENETUNREACH, as on a
machine with no other interface. Names are not looked up here.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
from typing import Any

from simnet.world.network import Endpoint
from simnet.world.virtual.ports import ANY_FOUR, ANY_SIX, is_six, wildcard
from simnet.world.virtual.refusal import refused

__all__ = ["as_written", "to_bind", "to_dial"]

MAPPED = "::ffff:"


def to_bind(address: Any, *, six: bool) -> Endpoint:
    """The address of a bind. Raises OSError EADDRNOTAVAIL, gaierror, TypeError, OverflowError as the socket module does."""
    host, port = _plain(address, six=six)
    if not wildcard(host) and not _is_loopback(host):
        raise refused(errno.EADDRNOTAVAIL)
    return host, port


def to_dial(address: Any, *, six: bool) -> Endpoint:
    """The address of a connect. Raises OSError ENETUNREACH, and as `to_bind`."""
    host, port = _plain(address, six=six)
    if not wildcard(host) and not _is_loopback(host):
        raise refused(errno.ENETUNREACH)
    return host, port


def as_written(endpoint: Endpoint, *, six: bool) -> tuple[Any, ...]:
    """The address as getsockname(2) tells it."""
    host, port = endpoint
    if not six:
        return host, port
    return (host if is_six(host) else MAPPED + host), port, 0, 0


def _plain(address: Any, *, six: bool) -> Endpoint:
    if not isinstance(address, tuple) or len(address) not in ({2, 3, 4} if six else {2}):
        raise TypeError(f"an address of this family is (host, port), not {address!r}")
    host, port = address[0], address[1]
    if not 0 <= port <= 0xFFFF:
        raise OverflowError("connect(): port must be 0-65535.")
    return _numeric(host, six=six), port


def _numeric(host: str, *, six: bool) -> str:
    if host == "":
        return ANY_SIX if six else ANY_FOUR
    with contextlib.suppress(ValueError):
        found = ipaddress.ip_address("127.0.0.1" if host == "localhost" and not six else host)
        if isinstance(found, ipaddress.IPv6Address):
            if six:
                return str(found.ipv4_mapped or found)
        elif not six:
            return str(found)
        raise socket.gaierror(socket.EAI_ADDRFAMILY, "Address family for hostname not supported")
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def _is_loopback(host: str) -> bool:
    return host == "::1" or host.startswith("127.")
