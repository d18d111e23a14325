"""Trio's sockets and names for the program under test: httpx, anyio and everything else that dials through `trio.socket`.

Law: what a socket does is the virtual kernel's business; how a task waits, is cancelled, and finds its socket closed by
another is as in Trio's own sockets, checkpoints included. What needs a real descriptor is refused.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar, final

import trio
from typing_extensions import override

from simnet.world.virtual.names import VirtualNames
from simnet.world.virtual.network import VirtualNetwork, wait_until
from simnet.world.virtual.refusal import not_modelled
from simnet.world.virtual.sockets import VirtualSocket

__all__ = ["TrioSocket", "dialling_here", "dialling_virtually"]

T = TypeVar("T")

_here: trio.lowlevel.RunVar[tuple[VirtualNetwork, VirtualNames]] = trio.lowlevel.RunVar(
    "network and names of the clients"
)


@final
class TrioSocket(trio.socket.SocketType):
    """A virtual socket as Trio has sockets; made by the factory that `dialling_virtually` sets."""

    def __init__(self, raw: VirtualSocket) -> None:
        raw.setblocking(False)  # noqa: FBT003 - the name of the socket module
        self._sock = raw
        """Named as in Trio's own sockets: anyio reads addresses and options through it."""
        self._did_shut = False

    @override
    def __enter__(self) -> Self:
        return self

    @override
    def __exit__(self, *about: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<trio socket on {self._sock!r}>"

    @override
    def fileno(self) -> int:
        return self._sock.fileno()

    @override
    def listen(self, backlog: int = 128) -> None:
        self._sock.listen(backlog)

    @override
    def is_readable(self) -> bool:
        return self._sock.is_readable()

    @override
    def getsockname(self) -> Any:
        return self._sock.getsockname()

    @override
    def getpeername(self) -> Any:
        return self._sock.getpeername()

    @override
    def getsockopt(self, level: int, optname: int, buflen: int | None = None) -> Any:
        return self._sock.getsockopt(level, optname, *(() if buflen is None else (buflen,)))

    @override
    def setsockopt(self, level: int, optname: int, value: Any, optlen: int | None = None) -> None:
        self._sock.setsockopt(level, optname, value)

    @property
    @override
    def family(self) -> socket.AddressFamily:
        return self._sock.family

    @property
    @override
    def type(self) -> socket.SocketKind:
        return self._sock.type

    @property
    @override
    def proto(self) -> int:
        return self._sock.proto

    @property
    @override
    def did_shutdown_SHUT_WR(self) -> bool:
        return self._did_shut

    @override
    def get_inheritable(self) -> bool:
        return False

    @override
    def set_inheritable(self, inheritable: bool) -> None:
        if inheritable:
            raise not_modelled("programs that inherit sockets")

    @override
    async def bind(self, address: Any) -> None:
        found = await self._resolve(address)
        await trio.lowlevel.checkpoint()
        self._sock.bind(found)

    @override
    async def accept(self) -> tuple[trio.socket.SocketType, Any]:
        sock, address = await self._do(self._sock.accept, VirtualSocket.is_readable)
        return TrioSocket(sock), address

    @override
    async def connect(self, address: Any) -> None:
        """As Trio's: it cannot be taken back, so a connect that is cancelled closes the socket."""
        try:
            found = await self._resolve(address)
            await trio.lowlevel.checkpoint_if_cancelled()
            with contextlib.suppress(BlockingIOError):
                self._sock.connect(found)
                await trio.lowlevel.cancel_shielded_checkpoint()
                return
            await wait_until(self._sock, VirtualSocket.is_writable)
        except trio.Cancelled:
            self._sock.close()
            raise
        number = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise OSError(number, f"Error connecting to {found!r}: {os.strerror(number)}")

    @override
    def close(self) -> None:
        self._sock.close()

    @override
    def shutdown(self, flag: int) -> None:
        self._sock.shutdown(flag)
        self._did_shut = self._did_shut or flag in {socket.SHUT_WR, socket.SHUT_RDWR}

    @override
    async def recv(self, buflen: int, flags: int = 0, /) -> bytes:
        return await self._do(lambda: self._sock.recv(buflen, flags), VirtualSocket.is_readable)

    @override
    async def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        return await self._do(lambda: self._sock.recv_into(buffer, nbytes, flags), VirtualSocket.is_readable)

    @override
    async def recvfrom(self, bufsize: int, flags: int = 0, /) -> tuple[bytes, Any]:
        return await self.recv(bufsize, flags), None

    @override
    async def send(self, bytes: Any, flags: int = 0, /) -> int:
        return await self._do(lambda: self._sock.send(bytes, flags), VirtualSocket.is_writable)

    @override
    async def sendmsg(self, buffers: Any, ancdata: Any = (), flags: int = 0, address: Any = None, /) -> int:
        pieces = list(buffers)
        return await self._do(
            lambda: self._sock.sendmsg(pieces, tuple(ancdata), flags, address), VirtualSocket.is_writable
        )

    @override
    async def wait_writable(self) -> None:
        await wait_until(self._sock, VirtualSocket.is_writable)

    async def _do(self, call: Callable[[], T], ready: Callable[[VirtualSocket], bool]) -> T:
        """Try once, and then whenever it may go on (Trio's _nonblocking_helper)."""
        await trio.lowlevel.checkpoint_if_cancelled()
        with contextlib.suppress(BlockingIOError):
            result = call()
            await trio.lowlevel.cancel_shielded_checkpoint()
            return result
        while True:
            await wait_until(self._sock, ready)
            with contextlib.suppress(BlockingIOError):
                return call()

    async def _resolve(self, address: Any) -> Any:
        """The numeric address: names are asked of the resolver that is set, numbers stand for themselves."""
        host, port, *rest = address
        if host in {None, ""}:
            return ("", port, *rest)
        found = await trio.socket.getaddrinfo(host, port, self.family, self.type)
        return found[0][4]


@final
class _Factory(trio.abc.SocketFactory):
    def __init__(self, net: VirtualNetwork) -> None:
        self._net = net

    @override
    def socket(self, family: int = socket.AF_INET, type: int = socket.SOCK_STREAM, proto: int = 0) -> TrioSocket:
        if type & 0xF != socket.SOCK_STREAM:
            raise not_modelled(f"sockets of type {type} for Trio's clients")
        return TrioSocket(VirtualSocket(self._net.kernel, self._net.client, family))


@final
class _Resolver(trio.abc.HostnameResolver):
    def __init__(self, names: VirtualNames) -> None:
        self._names = names

    @override
    async def getaddrinfo(
        self, host: bytes | None, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0
    ) -> list[Any]:
        await trio.lowlevel.checkpoint()
        return self._names.find(host, port, family, type)

    @override
    async def getnameinfo(self, sockaddr: Any, flags: int) -> tuple[str, str]:
        await trio.lowlevel.checkpoint()
        return sockaddr[0], str(sockaddr[1])


@contextlib.contextmanager
def dialling_virtually(net: VirtualNetwork, hosts: Mapping[str, Sequence[str]]) -> Iterator[None]:
    """In this block every new socket of `trio.socket` is virtual, in the process of the program under test, and names are `hosts`."""
    found = VirtualNames(hosts)
    _here.set((net, found))
    sockets = trio.socket.set_custom_socket_factory(_Factory(net))
    names = trio.socket.set_custom_hostname_resolver(_Resolver(found))
    try:
        yield
    finally:
        trio.socket.set_custom_socket_factory(sockets)
        trio.socket.set_custom_hostname_resolver(names)


def dialling_here() -> tuple[VirtualNetwork, VirtualNames]:
    """The network and the names of the block of `dialling_virtually` in this run of Trio, for clients of other libraries."""
    return _here.get()
