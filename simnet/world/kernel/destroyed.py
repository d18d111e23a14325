"""Word of every TCP socket that is destroyed in this network namespace.

Law: this is how a refused attempt is counted. The listener never hears of it, but when the client closes its failed
socket the kernel tells every subscriber of SKNLGRP_INET_TCP_DESTROY (net/core/sock_diag.c; an ordinary user may
subscribe: NL_CFG_F_NONROOT_RECV), naming the addresses, the socket's cookie and its last TCP_INFO. So the count is exact
and belongs to one address, and it comes a moment after the fact. `ss -E` reads the same stream.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from collections.abc import Iterator
from dataclasses import dataclass

import trio

from simnet.errors import MachineError
from simnet.values import Endpoint

__all__ = ["Death", "Deaths"]

NETLINK_SOCK_DIAG = 4  # linux/netlink.h
SKNLGRP_INET_TCP_DESTROY, SKNLGRP_INET6_TCP_DESTROY = 1, 3  # linux/sock_diag.h
INET_DIAG_INFO = 2  # linux/inet_diag.h
HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
BODY = struct.Struct("=4B2s2s16s16sI2I5I")  # struct inet_diag_msg: 72 bytes
ATTRIBUTE = struct.Struct("=HH")  # struct rtattr
BYTES_ACKED_AT, SEGMENTS_IN_AT = 120, 140  # offsets in struct tcp_info (linux/tcp.h)
RECEIVE_BUFFER = 4 << 20
"""A burst of closes must not overflow: each notice takes about 1 KiB of it."""


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
    """The subscription. `overflowed` tells that some were missed (ENOBUFS)."""

    def __init__(self) -> None:
        """Subscribe. Raises `MachineError` where the kernel does not let us."""
        self.overflowed = False
        groups = 1 << (SKNLGRP_INET_TCP_DESTROY - 1) | 1 << (SKNLGRP_INET6_TCP_DESTROY - 1)
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_NONBLOCK, NETLINK_SOCK_DIAG)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
            self._socket.bind((0, groups))
        except OSError as error:
            self._socket.close()
            raise MachineError(f"refused attempts cannot be counted here: sock_diag says {error.strerror}") from error

    def close(self) -> None:
        """End the subscription."""
        trio.lowlevel.notify_closing(self._socket)
        self._socket.close()

    async def wait(self) -> None:
        """Return when somebody has died since `pending` was last called."""
        await trio.lowlevel.wait_readable(self._socket)

    def pending(self) -> list[Death]:
        """Return the deaths since the last call, perhaps none."""
        found: list[Death] = []
        while True:
            try:
                found += _parse(self._socket.recv(1 << 16))
            except BlockingIOError:
                return found
            except OSError as error:
                if error.errno != errno.ENOBUFS:
                    raise
                self.overflowed = True


def _parse(data: bytes) -> Iterator[Death]:
    at = 0
    while at + HEADER.size + BODY.size <= len(data):
        length = HEADER.unpack_from(data, at)[0]
        if length < HEADER.size + BODY.size:
            return
        yield _death(data[at + HEADER.size : at + length])
        at += (length + 3) & ~3


def _death(message: bytes) -> Death:
    family, _, _, _, sport, dport, source, target, _, low, high, *_ = BODY.unpack_from(message)
    info = _attribute(message[BODY.size :], INET_DIAG_INFO)
    return Death(
        cookie=low | high << 32,
        local=(_address(family, source), int.from_bytes(sport, "big")),
        remote=(_address(family, target), int.from_bytes(dport, "big")),
        segments_in=_number(info, SEGMENTS_IN_AT, 4),
        bytes_acked=_number(info, BYTES_ACKED_AT, 8),
    )


def _attribute(data: bytes, wanted: int) -> bytes:
    at = 0
    while at + ATTRIBUTE.size <= len(data):
        length, kind = ATTRIBUTE.unpack_from(data, at)
        if length < ATTRIBUTE.size:
            break
        if kind == wanted:
            return data[at + ATTRIBUTE.size : at + length]
        at += (length + 3) & ~3
    return b""


def _number(info: bytes, at: int, size: int) -> int:
    return int.from_bytes(info[at : at + size], sys.byteorder) if len(info) >= at + size else 0


def _address(family: int, raw: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, raw[:4])
    text = socket.inet_ntop(socket.AF_INET6, raw)
    return text.removeprefix("::ffff:") if "." in text else text
