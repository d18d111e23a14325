"""What the world needs of the network beneath it: Linux's loopback, or a model of it in memory.

Law: the engine is written once and never asks which network it is on. Sockets have the methods, options and errors of the
socket module, so that `kernel/options.py` and TCP_INFO are the same everywhere; only what goes round the socket API (who
is ready, what is in flight, the kernel's tables, time) is asked of the network.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from typing import Protocol, TypeAlias

from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.stream_socket import StreamSocket
from simnet.world.neighbours import Dialled
from simnet.world.visitor import Visitor

__all__ = ["Announce", "DatagramSocket", "Deaths", "Diag", "Endpoint", "Network", "Starved", "StreamSocket"]

Endpoint: TypeAlias = tuple[str, int]
Announce: TypeAlias = Callable[[Visitor], object]


class Diag(Protocol):
    """The kernel's list of TCP sockets, everybody's (see `kernel/sock_diag.py`)."""

    def waiting(self, port: int | None = None) -> Sequence[DiagRow]:
        """Clients in SYN_SENT."""

    def queued_at(self, listener: Endpoint) -> Sequence[DiagRow]:
        """Clients that are connected to `listener` and not accepted yet."""

    def find(self, local: Endpoint, remote: Endpoint) -> DiagRow | None:
        """The socket with these two ends."""


class Deaths(Protocol):
    """Word of sockets that are destroyed (see `kernel/destroyed.py`)."""

    async def wait(self) -> None:
        """Return when somebody has died since `pending` was last called."""

    def gather(self) -> None:
        """Make room for more, in any thread; what has come is kept for `pending`."""

    def pending(self) -> Sequence[Death]:
        """The deaths since the last call."""

    def close(self) -> None:
        """Hear nothing more."""


class Starved(Protocol):
    """A server whose process has no descriptor left (see `starve.py`)."""

    async def try_accept(self) -> str:
        """Accept once, in vain; the errno by name."""


class DatagramSocket(Protocol):
    """A UDP socket that is bound; its calls wait on Trio."""

    async def recvfrom(self, size: int, /) -> tuple[bytes, tuple[str, int]]:
        """The next datagram and whose it is."""

    async def sendto(self, data: bytes, client: tuple[str, int], /) -> int:
        """Send a datagram; how many bytes the kernel took. Raises OSError as sendto(2) does."""

    def dropped(self) -> int:
        """How many datagrams the kernel has dropped for want of room since it was bound."""

    def close(self) -> None:
        """Give the port back."""


class Network(Protocol):
    """The network that a world is brought up on."""

    @property
    def diag(self) -> Diag:
        """The kernel's tables."""

    def now(self) -> float:
        """Seconds on the clock that its timers go by; the one of Trio's `current_time` or one that runs alike."""

    def pause(self, seconds: float) -> None:
        """Block the calling thread for a moment, so that another one gets on."""

    def socket(self, family: int) -> StreamSocket:
        """A new TCP socket, blocking as all new ones are."""

    def datagrams(self, address: str, port: int) -> DatagramSocket:
        """A UDP socket, bound. Raises OSError as bind(2) does, `MachineError` on a network that has no UDP."""

    async def wait_readable(self, sock: StreamSocket) -> None:
        """Return when reading, or accepting, would not block. Raises `trio.ClosedResourceError` if it is closed."""

    async def wait_writable(self, sock: StreamSocket) -> None:
        """Return when writing would not block, or a connect has ended. Raises `trio.ClosedResourceError`."""

    async def look_again(self, seconds: float) -> None:
        """Wait until the kernel's tables are worth another look: for so many seconds, or, where the network can tell,
        until something has changed in them, however long that takes."""

    def closing(self, sock: StreamSocket) -> None:
        """Wake all who wait for `sock`: it is about to be closed."""

    def unacknowledged(self, sock: StreamSocket) -> int:
        """Bytes sent that the other side has not acknowledged; a FIN counts as one (SIOCOUTQ, tcp(7))."""

    def unread(self, sock: StreamSocket) -> int:
        """Bytes that have arrived and were not yet read (SIOCINQ, tcp(7))."""

    def deaths(self, addresses: Collection[str]) -> Deaths:
        """Subscribe to the deaths of sockets that had dialled one of these addresses. Raises `MachineError`."""

    def counters(self) -> Mapping[str, int]:
        """The counters of the network (see `kernel/counters.py`)."""

    def who_holds(self, address: str, port: int) -> str:
        """Who holds an address, in words."""

    def own_connects(self) -> AbstractContextManager[None]:
        """Connects made in this block, in this thread, are simnet's own: nobody's attempt."""

    def listen_to_connects(self, endpoint: Endpoint, announce: Announce) -> AbstractContextManager[None]:
        """Call `announce` just before each connect to `endpoint` that can be foreseen."""

    def listen_to_neighbours(self, address: str, tell: Dialled) -> AbstractContextManager[None]:
        """Tell of each connect to any port of `address` that can be foreseen (see `neighbours.py`)."""

    def starving(self, listener: StreamSocket) -> AbstractAsyncContextManager[Starved]:
        """Hold a server that cannot accept on `listener`: EMFILE."""
