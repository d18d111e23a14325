"""The real network: Linux's loopback, and the wall clock.

Law: nothing is decided or remembered here; each question goes to the kernel, by the file of `kernel/` that knows how.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from types import TracebackType
from typing import Self, cast, final

import trio

from simnet.world.audit import listen_to_connects, own_connects
from simnet.world.kernel.counters import read_counters
from simnet.world.kernel.destroyed import Deaths
from simnet.world.kernel.holder import who_holds
from simnet.world.kernel.options import unacknowledged, unread
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.udp_socket import UdpSocket
from simnet.world.neighbours import Dialled, listen_to_neighbours
from simnet.world.network import Announce, Endpoint, StreamSocket
from simnet.world.starve import StarvedAcceptor, starving

__all__ = ["Loopback"]


@final
class Loopback:
    """Implements `network.Network`. Raises `MachineError` where there is no sock_diag; close it, or use it in a `with`."""

    def __init__(self) -> None:
        self.diag = SockDiag()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.diag.close()

    def now(self) -> float:
        """See `Network`."""
        return time.monotonic()

    def pause(self, seconds: float) -> None:
        """See `Network`."""
        time.sleep(seconds)

    def socket(self, family: int) -> StreamSocket:
        """See `Network`."""
        return socket.socket(family, socket.SOCK_STREAM)

    def datagrams(self, address: str, port: int) -> UdpSocket:
        """See `Network`."""
        return UdpSocket(address, port)

    async def wait_readable(self, sock: StreamSocket) -> None:
        """See `Network`."""
        await trio.lowlevel.wait_readable(sock)

    async def wait_writable(self, sock: StreamSocket) -> None:
        """See `Network`."""
        await trio.lowlevel.wait_writable(sock)

    async def look_again(self, seconds: float) -> None:
        """See `Network`: the kernel tells nobody."""
        await trio.sleep(seconds)

    def closing(self, sock: StreamSocket) -> None:
        """See `Network`."""
        trio.lowlevel.notify_closing(sock)

    def unacknowledged(self, sock: StreamSocket) -> int:
        """See `Network`."""
        return unacknowledged(sock)

    def unread(self, sock: StreamSocket) -> int:
        """See `Network`."""
        return unread(sock)

    def deaths(self, addresses: Collection[str]) -> Deaths:
        """See `Network`."""
        return Deaths(addresses)

    def counters(self) -> Mapping[str, int]:
        """See `Network`."""
        return read_counters()

    def who_holds(self, address: str, port: int) -> str:
        """See `Network`."""
        return who_holds(address, port)

    def own_connects(self) -> AbstractContextManager[None]:
        """See `Network`."""
        return own_connects()

    def listen_to_connects(self, endpoint: Endpoint, announce: Announce) -> AbstractContextManager[None]:
        """See `Network`."""
        return listen_to_connects(endpoint, announce)

    def listen_to_neighbours(self, address: str, tell: Dialled) -> AbstractContextManager[None]:
        """See `Network`."""
        return listen_to_neighbours(address, tell)

    def starving(self, listener: StreamSocket) -> AbstractAsyncContextManager[StarvedAcceptor]:
        """See `Network`."""
        return starving(cast("socket.socket", listener))
