"""The skin of the virtual kernel: what the socket module calls a socket.

Law: methods, modes and errors are those of `socket.socket`, and none ever blocks: a call that would, of a socket in
blocking mode, is refused, because a thread that waits would stop virtual time. Whoever can wait (Trio, a greenlet) makes
the socket non-blocking and waits by `watch`.
"""

from __future__ import annotations

import contextlib
import errno
import select
import socket
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, final, overload

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.network import Endpoint
from simnet.world.virtual import calls, exchange
from simnet.world.virtual.addresses import as_written, to_bind, to_dial
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.options import get_option, set_option
from simnet.world.virtual.process import Process
from simnet.world.virtual.refusal import not_modelled, refused
from simnet.world.virtual.settings import Settings
from simnet.world.virtual.tcb import Tcb
from simnet.world.virtual.visit import VirtualVisitor

__all__ = ["VirtualSocket"]


@final
class VirtualSocket:
    """A TCP socket of a virtual process; implements `StreamSocket`, and the rest of `socket.socket` that clients use."""

    def __init__(self, kernel: Kernel, process: Process, family: int = socket.AF_INET, tcb: Tcb | None = None) -> None:
        """A new socket, or one for a connection that was accepted. Raises OSError EMFILE."""
        if family not in {socket.AF_INET, socket.AF_INET6}:
            raise not_modelled(f"address family {family}")
        self.kernel, self.process = kernel, process
        self.family = socket.AddressFamily(family)
        self.type, self.proto = socket.SOCK_STREAM, socket.IPPROTO_TCP
        self._fd = process.reserve() if tcb is None else -1
        self.tcb = tcb or Tcb(kernel, Settings(six=self._six, ports=process.ports), held=True)
        self.tcb.inode = self.tcb.cookie
        self._timeout: float | None = None

    @property
    def _six(self) -> bool:
        return self.family is socket.AF_INET6

    # The descriptor ---------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *about: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<virtual socket {self._fd} of {self.process.name}: {self.tcb.state.name} {self.tcb.local} to {self.tcb.remote}>"

    def fileno(self) -> int:
        """Its descriptor in its virtual process, -1 once it is closed. The real kernel knows nothing of it."""
        return self._fd

    def close(self) -> None:
        """close(2), if that was not done yet."""
        if self._fd < 0:
            return
        self.process.release(self._fd)
        self._fd = -1
        self.tcb.inode = 0
        calls.close(self.tcb)

    def setblocking(self, flag: bool, /) -> None:  # noqa: FBT001 - the name of the socket module
        """See `socket.socket`."""
        self.settimeout(None if flag else 0.0)

    def settimeout(self, value: float | None, /) -> None:
        """See `socket.socket`."""
        self._timeout = value

    def gettimeout(self) -> float | None:
        """See `socket.socket`."""
        return self._timeout

    def getblocking(self) -> bool:
        """See `socket.socket`."""
        return self._timeout != 0.0

    # Options and names ------------------------------------------------------------------------------------

    def setsockopt(self, level: int, option: int, value: int | bytes, /) -> None:
        """See `socket.socket`."""
        set_option(self._open(), level, option, value)

    @overload
    def getsockopt(self, level: int, option: int, /) -> int: ...
    @overload
    def getsockopt(self, level: int, option: int, size: int, /) -> bytes: ...
    def getsockopt(self, level: int, option: int, size: int = 0, /) -> int | bytes:
        """See `socket.socket`."""
        return get_option(self._open(), level, option, size)

    def getsockname(self) -> Any:
        """See `socket.socket`."""
        return as_written(self._open().local, six=self._six)

    def getpeername(self) -> Any:
        """See `socket.socket`."""
        tcb = self._open()
        if not tcb.remote[1] or tcb.state in {TcpState.CLOSE, TcpState.SYN_SENT}:
            raise refused(errno.ENOTCONN)
        return as_written(tcb.remote, six=self._six)

    # Connections ------------------------------------------------------------------------------------------

    def bind(self, address: Any, /) -> None:
        """See `socket.socket`."""
        local = to_bind(address, six=self._six)
        calls.bind(self._open(), *local)

    def listen(self, backlog: int = 128, /) -> None:
        """See `socket.socket`."""
        calls.listen(self._open(), backlog)

    def accept(self) -> tuple[VirtualSocket, Any]:
        """See `socket.socket`."""
        return self.accept_into(self.process)

    def accept_into(self, process: Process) -> tuple[VirtualSocket, Any]:
        """Accept as another process does that has the same socket. Raises OSError EMFILE if it has no descriptor left."""
        with self._not_waiting():
            child, descriptor = calls.accept(self._open(), process)
        sock = VirtualSocket(self.kernel, process, self.family, child)
        sock._fd = descriptor
        return sock, as_written(child.remote, six=self._six)

    def connect(self, address: Any, /) -> None:
        """See `socket.socket`."""
        remote = to_dial(address, six=self._six)
        tcb = self._open()
        self._announce(remote)
        status = calls.connect(tcb, *remote)
        if self._timeout is None:
            self._wait_out(remote)
        elif self._timeout:
            self._wait_with_timeout()
        elif status:
            raise refused(status)

    def connect_ex(self, address: Any, /) -> int:
        """See `socket.socket`."""
        try:
            self.connect(address)
        except OSError as error:
            if error.errno is None or isinstance(error, socket.gaierror):
                raise
            return error.errno
        return 0

    def _announce(self, remote: Endpoint) -> None:
        if self.kernel.connects_are_own:
            return
        for tell in self.kernel.of_neighbours.of(remote[0]):
            tell(remote, lambda: self.tcb.cookie)
        for announce in self.kernel.announcing.of(remote):
            announce(VirtualVisitor(self))

    def _wait_out(self, remote: Endpoint) -> None:
        """The end of a connect that blocks: it is over by now, or it would block."""
        if self.tcb.state is TcpState.SYN_SENT:
            raise _would_block()
        if self.tcb.phase == "connecting":
            calls.connect(self.tcb, *remote)

    def _wait_with_timeout(self) -> None:
        if self.tcb.state is TcpState.SYN_SENT:
            raise _would_block()
        if number := exchange.take_error(self.tcb):
            raise refused(number)

    def shutdown(self, how: int, /) -> None:
        """See `socket.socket`."""
        calls.shut(self._open(), how)

    # Bytes ------------------------------------------------------------------------------------------------

    def recv(self, size: int, flags: int = 0, /) -> bytes:
        """See `socket.socket`."""
        if flags & ~(socket.MSG_PEEK | socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL):
            raise not_modelled(f"recv with flags {flags}")
        if not size:
            return b""  # Python asks nobody
        with self._not_waiting():
            return exchange.receive(self._open(), size, peek=bool(flags & socket.MSG_PEEK))

    def recv_into(self, buffer: Any, size: int = 0, flags: int = 0, /) -> int:
        """See `socket.socket`."""
        with memoryview(buffer).cast("B") as view:
            data = self.recv(size or len(view), flags)
            view[: len(data)] = data
            return len(data)

    def send(self, data: Any, flags: int = 0, /) -> int:
        """See `socket.socket`."""
        if flags & ~(socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL):
            raise not_modelled(f"send with flags {flags}")
        with self._not_waiting(), memoryview(data).cast("B") as view:
            return exchange.send(self._open(), view)

    def sendmsg(
        self, buffers: Sequence[Any], ancillary: Sequence[Any] = (), flags: int = 0, address: Any = None, /
    ) -> int:
        """See `socket.socket`; there is no ancillary data on TCP."""
        if ancillary or address is not None:
            raise not_modelled("sendmsg with ancillary data or an address")
        return self.send(b"".join(bytes(buffer) for buffer in buffers), flags)

    # What programs wait for -------------------------------------------------------------------------------

    def poll(self) -> int:
        """The mask that poll(2) gives."""
        return select.POLLNVAL if self._fd < 0 else exchange.poll(self.tcb)

    def is_readable(self) -> bool:
        """Whether recv or accept would not block."""
        return exchange.is_readable(self.tcb)

    def is_writable(self) -> bool:
        """Whether send would not block, or a connect has ended."""
        return exchange.is_writable(self.tcb)

    @contextlib.contextmanager
    def watched(self, told: Callable[[], None]) -> Iterator[None]:
        """Call `told` whenever something has changed, in this block."""
        key = self.tcb.watch(told)
        try:
            yield
        finally:
            self.tcb.unwatch(key)

    def _open(self) -> Tcb:
        if self._fd < 0:
            raise refused(errno.EBADF)
        return self.tcb

    @contextlib.contextmanager
    def _not_waiting(self) -> Iterator[None]:
        """In blocking mode EAGAIN would be a wait."""
        try:
            yield
        except BlockingIOError:
            if self._timeout == 0.0:
                raise
            raise _would_block() from None


def _would_block() -> NotImplementedError:
    return not_modelled("a system call that blocks its thread (the time stands still while it does)")
