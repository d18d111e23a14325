"""A UDP socket on Trio, and what its kernel says it has dropped.

Law: the socket is bound plainly, to an explicit port, so that nobody else can bind it: SO_REUSEADDR on UDP would let
any program of the user's take the datagrams (socket(7)).
"""

from __future__ import annotations

import socket
import struct
from typing import final

import trio

__all__ = ["UdpSocket"]

ROOM = 1 << 20
"""Bytes asked for as receive buffer, so that a burst is not lost here; net.core.rmem_max caps it."""

SO_MEMINFO = 55
DROPS = 8
"""SK_MEMINFO_DROPS, of nine 32-bit figures (include/uapi/linux/sock_diag.h), Linux 4.12."""


@final
class UdpSocket:
    """Implements `network.DatagramSocket`. Raises OSError if the address cannot be bound."""

    def __init__(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self._plain = socket.socket(family, socket.SOCK_DGRAM)
        try:
            self._plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, ROOM)
            self._plain.bind((address, port))
        except OSError:
            self._plain.close()
            raise
        self._plain.setblocking(False)  # noqa: FBT003 - the name of the socket module

    async def recvfrom(self, size: int, /) -> tuple[bytes, tuple[str, int]]:
        """See `DatagramSocket`."""
        await trio.lowlevel.checkpoint()
        while True:
            try:
                data, client = self._plain.recvfrom(size)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(self._plain)
            else:
                return data, client[:2]

    async def sendto(self, data: bytes, client: tuple[str, int], /) -> int:
        """See `DatagramSocket`."""
        while True:
            try:
                return self._plain.sendto(data, client)
            except BlockingIOError:
                await trio.lowlevel.wait_writable(self._plain)

    def dropped(self) -> int:
        """See `DatagramSocket`; 0 where the kernel is too old to say."""
        try:
            figures = self._plain.getsockopt(socket.SOL_SOCKET, SO_MEMINFO, 4 * (DROPS + 1))
        except OSError:
            return 0
        return struct.unpack_from("=I", figures, 4 * DROPS)[0] if len(figures) > 4 * DROPS else 0

    def close(self) -> None:
        """See `DatagramSocket`."""
        self._plain.close()
