"""The virtual network: what the world asks of a network, answered by the virtual kernel and Trio's clock.

Law: nothing is decided here. Time is Trio's `current_time`, whatever clock that is: a MockClock that jumps makes minutes
of waiting cost nothing, the real one makes them minutes.
"""

from __future__ import annotations

import contextlib
import errno
import socket
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Any, TypeVar, cast, final

import trio

from simnet.world.neighbours import Dialled
from simnet.world.network import Announce, DatagramSocket, Endpoint, StreamSocket
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.parameters import Parameters
from simnet.world.virtual.process import Process
from simnet.world.virtual.sockets import VirtualSocket
from simnet.world.virtual.tables import VirtualDeaths, VirtualDiag
from simnet.world.virtual.udp import VirtualUdpSocket

__all__ = ["VirtualNetwork", "wait_until"]

S = TypeVar("S", VirtualSocket, VirtualUdpSocket)


@final
class VirtualNetwork:
    """Implements `network.Network`. Make it inside `trio.run`, and keep `run` running while it is used."""

    def __init__(
        self, parameters: Parameters | None = None, open_files: int | None = None, ports: int | None = None
    ) -> None:
        """`open_files` and `ports`: how many descriptors and ephemeral ports the program under test may have."""
        self.kernel = Kernel(trio.current_time, parameters)
        self.diag = VirtualDiag(self.kernel)
        self.simnet = Process("simnet")
        first = self.kernel.parameters.ports[0]
        self.client = Process("client", open_files, None if ports is None else (first, first + ports - 1))
        self._starved = Process("a starved server", 0)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Do what the kernel does later, until cancelled."""
        changed = trio.Event()
        task_status.started()
        while True:
            self.kernel.timers.changed = changed.set
            with trio.CancelScope(deadline=self.kernel.timers.next()):
                await changed.wait()
            changed = trio.Event()
            self.kernel.timers.run(trio.current_time())

    def now(self) -> float:
        """See `Network`."""
        return trio.current_time()

    def pause(self, seconds: float) -> None:
        """See `Network`: no other thread is there that would need it."""

    def socket(self, family: int) -> StreamSocket:
        """See `Network`."""
        return VirtualSocket(self.kernel, self.simnet, family)

    def datagrams(self, address: str, port: int) -> DatagramSocket:
        """See `Network`."""
        sock = VirtualUdpSocket(self.kernel, self.simnet, socket.AF_INET6 if ":" in address else socket.AF_INET)
        try:
            sock.bind((address, port))
        except OSError:
            sock.close()
            raise
        return _Datagrams(sock)

    async def wait_readable(self, sock: StreamSocket) -> None:
        """See `Network`."""
        await wait_until(_virtual(sock), VirtualSocket.is_readable)

    async def wait_writable(self, sock: StreamSocket) -> None:
        """See `Network`."""
        await wait_until(_virtual(sock), VirtualSocket.is_writable)

    async def look_again(self, seconds: float) -> None:  # noqa: ARG002 - nobody has to guess
        """See `Network`: the virtual kernel tells."""
        changed = trio.Event()
        self.kernel.lookers.append(changed.set)
        try:
            await changed.wait()
        finally:
            if changed.set in self.kernel.lookers:
                self.kernel.lookers.remove(changed.set)

    def closing(self, sock: StreamSocket) -> None:
        """See `Network`: `wait_until` sees the close itself."""

    def unacknowledged(self, sock: StreamSocket) -> int:
        """See `Network`."""
        return _virtual(sock).tcb.out.outstanding

    def unread(self, sock: StreamSocket) -> int:
        """See `Network`."""
        return len(_virtual(sock).tcb.arrived.data)

    def deaths(self, addresses: Collection[str]) -> VirtualDeaths:  # noqa: ARG002 - all are told of: there is no queue
        """See `Network`."""
        return VirtualDeaths(self.kernel)

    def counters(self) -> Mapping[str, int]:
        """See `Network`."""
        return dict(self.kernel.counters)

    def who_holds(self, address: str, port: int) -> str:
        """See `Network`."""
        return next((h for h in self._holders(address, port)), "an old connection of this virtual network")

    def _holders(self, address: str, port: int) -> Iterator[str]:
        """Who is bound there, listeners first."""
        held = [one for one in self.kernel.ports.at(port) if one.local[0] in {address, "0.0.0.0", "::"}]  # noqa: S104
        for one in sorted(held, key=lambda one: not one.listens):
            yield "a listener of this virtual network" if one.listens else "another socket of this virtual network"

    @contextlib.contextmanager
    def own_connects(self) -> Iterator[None]:
        """See `Network`."""
        before = self.kernel.connects_are_own
        self.kernel.connects_are_own = True
        try:
            yield
        finally:
            self.kernel.connects_are_own = before

    def listen_to_connects(self, endpoint: Endpoint, announce: Announce) -> AbstractContextManager[None]:
        """See `Network`: every connect but simnet's own is foreseen."""
        return self.kernel.announcing.listening(endpoint, announce)

    def listen_to_neighbours(self, address: str, tell: Dialled) -> AbstractContextManager[None]:
        """See `Network`."""
        return self.kernel.of_neighbours.listening(address, tell)

    def starving(self, listener: StreamSocket) -> AbstractAsyncContextManager[_StarvedServer]:
        """See `Network`."""
        return _starving(_virtual(listener), self._starved)


@final
class _Datagrams:
    """Implements `network.DatagramSocket`."""

    def __init__(self, sock: VirtualUdpSocket) -> None:
        self._sock = sock

    async def recvfrom(self, size: int, /) -> tuple[bytes, tuple[str, int]]:
        """See `DatagramSocket`."""
        await wait_until(self._sock, VirtualUdpSocket.is_readable)
        data, client = self._sock.recvfrom(size)
        return data, client[:2]

    async def sendto(self, data: bytes, client: tuple[str, int], /) -> int:
        """See `DatagramSocket`."""
        await trio.lowlevel.checkpoint()
        return self._sock.sendto(data, client)

    def dropped(self) -> int:
        """See `DatagramSocket`."""
        return self._sock.dropped

    def close(self) -> None:
        """See `DatagramSocket`."""
        self._sock.close()


@final
class _StarvedServer:
    """Implements `network.Starved`."""

    def __init__(self, listener: VirtualSocket, process: Process) -> None:
        self._listener, self._process = listener, process

    async def try_accept(self) -> str:
        """See `Starved`."""
        await trio.lowlevel.checkpoint()
        try:
            accepted, _ = self._listener.accept_into(self._process)
        except OSError as error:
            return errno.errorcode.get(error.errno or 0, str(error))
        accepted.close()
        return ""


@contextlib.asynccontextmanager
async def _starving(listener: VirtualSocket, process: Process) -> AsyncIterator[_StarvedServer]:
    yield _StarvedServer(listener, process)


async def wait_until(sock: S, ready: Callable[[S], bool]) -> None:
    """Return when `ready(sock)`. Raises `trio.ClosedResourceError` if it is closed before, or meanwhile."""
    await trio.lowlevel.checkpoint()
    while sock.fileno() >= 0:
        if ready(sock):
            return
        changed = trio.Event()
        with sock.watched(changed.set):
            await changed.wait()
    raise trio.ClosedResourceError("another task closed this socket")


def _virtual(sock: StreamSocket) -> VirtualSocket:
    return cast("VirtualSocket", cast("Any", sock))
