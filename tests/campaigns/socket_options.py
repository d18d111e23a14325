"""Options of sockets as the campaign sets them and asks for them, on Linux and on the model alike.

Numbers that would have a connection die of a pause of this machine are left out, and so is TCP_NODELAY = 0.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from typing import Any

__all__ = ["SETTINGS", "set_and_ask", "told"]

NUMBERS = (-1, 0, 1, 2, 6, 7, 87, 88, 127, 128, 255, 256, 536, 30_000, 32_767, 32_768, 1 << 20, (1 << 31) - 1)
FLAGS = ("SO_KEEPALIVE", "SO_OOBINLINE", "SO_BROADCAST", "SO_DONTROUTE", "SO_REUSEADDR")
RANGES = ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_MAXSEG")
BUFFERS = ("SO_SNDBUF", "SO_RCVBUF")
CONSTANT = ("SO_TYPE", "SO_ERROR", "SO_DOMAIN", "SO_PROTOCOL", "SO_ACCEPTCONN", "SO_SNDLOWAT", "SO_RCVLOWAT", "TCP_CORK")
BARE = {"SO_DOMAIN": 39, "SO_PROTOCOL": 38}  # not in the socket module of every version
TIMELESS = ("TCP_QUICKACK", "TCP_MAXSEG")
"""What getsockopt says of them changes with the traffic."""


def _option(name: str) -> tuple[int, int]:
    levels = {"SO": socket.SOL_SOCKET, "TCP": socket.IPPROTO_TCP, "IP": socket.IPPROTO_IP, "IPV6": socket.IPPROTO_IPV6}
    return levels[name.partition("_")[0]], BARE.get(name) or getattr(socket, name)


SETTINGS: tuple[tuple[str, int | bytes | None], ...] = (
    *((name, value) for name in FLAGS for value in (-1, 0, 1, 2)),
    *((name, value) for name in RANGES for value in NUMBERS),
    *((name, value) for name in BUFFERS for value in (-1, 1 << 17, 300_000, (1 << 31) - 1)),
    *((name, value) for name in CONSTANT for value in (None, 0)),
    *(("TCP_NODELAY", value) for value in (-1, 1, 2)),
    *(("TCP_USER_TIMEOUT", value) for value in (-1, 0, 30_000, (1 << 31) - 1)),
    *(("SO_PRIORITY", value) for value in range(7)),
    *(("IP_TOS", value) for value in (*NUMBERS, b"", b"\x10", b"\x0d\0")),
    *(("IPV6_TCLASS", value) for value in (-2, *NUMBERS)),
    *(("TCP_QUICKACK", value) for value in (0, 1)),
    *(("SO_LINGER", value) for value in (0, 1, b"", struct.pack("ii", 0, 3), struct.pack("ii", 0, 0))),
    *((name, value) for name in ("SO_KEEPALIVE", "TCP_KEEPIDLE") for value in (b"", b"\1", struct.pack("ii", 1, 9))),
    *(
        (name, None)
        for name in (*FLAGS, *RANGES, "TCP_NODELAY", "TCP_USER_TIMEOUT", "SO_PRIORITY", "IP_TOS", "IPV6_TCLASS")
    ),
)
"""Option, and what it is set to; None: it is only asked for."""

WIDTHS = (0, 1, 2, 4, 8)
"""Of what getsockopt is asked for; 0: a number."""


def told(number: int) -> str:
    """One of the settings, for a reader."""
    name, value = SETTINGS[number]
    return f"option({name}, {value!r})  # {number}, asked for with width {WIDTHS[number % len(WIDTHS)]}"


def set_and_ask(sock: Any, number: int, outcome: Callable[[Callable[[], Any]], Any]) -> tuple[Any, Any]:
    """Set it, unless there is nothing to set, and ask for it."""
    name, value = SETTINGS[number]
    option, width = _option(name), WIDTHS[number % len(WIDTHS)]
    done = None if value is None else outcome(lambda: sock.setsockopt(*option, value))
    if name in TIMELESS or (name in BUFFERS and value is None):
        return done, None
    return done, outcome(lambda: sock.getsockopt(*option, *((width,) if width else ())))
