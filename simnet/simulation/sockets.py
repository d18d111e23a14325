"""Sockets that block, for code that knows nothing of Trio: `socket.socket` on the virtual kernel.

Law: modes, timeouts, errors and their texts are those of CPython (Modules/socketmodule.c); what a call does is the
virtual kernel's business. Where CPython would wait in poll(2), the greenlet waits for its task.
"""

from __future__ import annotations

import errno
import math
import socket
from collections.abc import Callable, Iterable
from typing import Any, Final, TypeVar

import trio
from typing_extensions import override

from simnet.simulation.greenlets import wait_for
from simnet.simulation.raw import Raw, find_names, is_readable, is_writable, open_raw, scene_inside, until_ready
from simnet.simulation.scene import FIRST_DESCRIPTOR, scene_here
from simnet.world.virtual.refusal import not_modelled, refused
from simnet.world.virtual.sockets import VirtualSocket

__all__ = ["BlockingSocket", "make_socket"]

T = TypeVar("T")
MOST_EXTRA_TURNS: Final = 8
real_new: Final = socket.socket.__new__


class BlockingSocket(socket.socket):
    """A `socket.socket` that never had a real descriptor; what is not overridden is Python's own (makefile, close ...)."""

    def __init__(  # the protocol follows from the type
        self,
        family: int = -1,
        type: int = -1,  # noqa: A002
        proto: int = -1,  # noqa: ARG002
        fileno: int | None = None,
        *,
        raw: Raw | None = None,
    ) -> None:
        """See `socket.socket`; `raw`: of a connection that was accepted. `super().__init__` would ask the kernel for one."""
        self._scene = scene_inside()
        if fileno is not None:
            raw = self._scene.descriptors[fileno].give_up()
        self._raw: Raw = raw or open_raw(self._scene, family, type)
        self._io_refs, self._closed = 0, False  # what the methods of Python that are inherited keep
        self._patience = socket.getdefaulttimeout()
        self._scene.descriptors[self.fileno()] = self

    @property
    @override
    def family(self) -> socket.AddressFamily:
        return self._raw.family

    @property
    @override
    def type(self) -> socket.SocketKind:
        return self._raw.type

    @property
    @override
    def proto(self) -> int:
        return self._raw.proto

    @property
    @override
    def timeout(self) -> float | None:
        return self._patience

    @property
    def raw(self) -> Raw:
        """The socket of the virtual kernel."""
        return self._raw

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} on {self._raw!r}>"

    @override
    def fileno(self) -> int:
        number = self._raw.fileno()
        return number if number < 0 else FIRST_DESCRIPTOR + number

    def give_up(self) -> Raw:
        """Let another object have the connection, as `detach` does."""
        self._scene.descriptors.pop(self.fileno(), None)
        raw, self._closed = self._raw, True
        self._raw = open_raw(self._scene, raw.family, raw.type)
        self._raw.close()
        return raw

    @override
    def detach(self) -> int:
        raise not_modelled("a descriptor that is taken from its socket")

    @override
    def dup(self) -> BlockingSocket:
        raise not_modelled("two descriptors of one socket")

    def _real_close(self) -> None:
        """Called by `socket.socket.close` when nobody reads or writes through a file any more."""
        if not self._scene.is_over:
            self._scene.descriptors.pop(self.fileno(), None)
            self._raw.close()

    @override
    def settimeout(self, value: float | None, /) -> None:
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._patience = value

    @override
    def gettimeout(self) -> float | None:
        return self._patience

    @override
    def setblocking(self, flag: bool, /) -> None:
        self._patience = None if flag else 0.0

    @override
    def getblocking(self) -> bool:
        return self._patience != 0.0

    @override
    def get_inheritable(self) -> bool:
        return False

    @override
    def set_inheritable(self, inheritable: bool) -> None:
        if inheritable:
            raise not_modelled("programs that inherit sockets")

    @override
    def getsockname(self) -> Any:
        return self._raw.getsockname()

    @override
    def getpeername(self) -> Any:
        return self._raw.getpeername()

    @override
    def getsockopt(self, *args: Any) -> Any:
        return self._raw.getsockopt(*args)

    @override
    def setsockopt(self, *args: Any) -> None:
        self._raw.setsockopt(*args)

    @override
    def bind(self, address: Any, /) -> None:
        self._raw.bind(self._numeric(address))

    @override
    def listen(self, backlog: int = 128, /) -> None:
        self._stream().listen(backlog)

    @override
    def accept(self) -> tuple[socket.socket, Any]:
        raw, address = self._try(self._stream().accept, is_readable)
        raw.setblocking(False)  # noqa: FBT003 - the name of the socket module
        return BlockingSocket(raw=raw), address

    @override
    def connect(self, address: Any, /) -> None:
        numeric = self._numeric(address)
        self._yield_turns()
        try:
            self._raw.connect(numeric)
        except BlockingIOError:
            if self._patience == 0.0:
                raise
        else:
            return
        if not wait_for(until_ready, self._raw, is_writable, self._patience):
            raise TimeoutError("timed out")
        number = self._raw.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if number:
            raise refused(int(number))

    @override
    def connect_ex(self, address: Any, /) -> int:
        try:
            self.connect(address)
        except TimeoutError as error:
            return error.errno or errno.EAGAIN
        except OSError as error:
            if error.errno is None or isinstance(error, socket.gaierror):
                raise
            return error.errno
        return 0

    @override
    def shutdown(self, how: int, /) -> None:
        self._stream().shutdown(how)

    @override
    def recv(self, size: int, flags: int = 0, /) -> bytes:
        return self._try(lambda: self._raw.recv(size, flags), is_readable)

    @override
    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        with memoryview(buffer).cast("B") as view:
            data = self.recv(nbytes or len(view), flags)
            view[: len(data)] = data
            return len(data)

    @override
    def recvfrom(self, size: int, flags: int = 0, /) -> tuple[bytes, Any]:
        raw = self._raw
        if isinstance(raw, VirtualSocket):
            return self.recv(size, flags), None
        return self._try(lambda: raw.recvfrom(size, flags), is_readable)

    @override
    def send(self, data: Any, flags: int = 0, /) -> int:
        return self._try(lambda: self._raw.send(data, flags), is_writable)

    @override
    def sendall(self, data: Any, flags: int = 0, /) -> None:
        until = math.inf if self._patience is None else self._scene.now() + self._patience
        with memoryview(data).cast("B") as view:
            sent = 0
            while sent < len(view):
                sent += self._try(lambda: self._raw.send(view[sent:], flags), is_writable, until)  # noqa: B023 - called now

    @override
    def sendto(self, data: Any, *rest: Any) -> int:
        raw, address = self._raw, self._numeric(rest[-1])
        if isinstance(raw, VirtualSocket):
            return self.send(data)
        return self._try(lambda: raw.sendto(data, *rest[:-1], address), is_writable)

    @override
    def sendmsg(self, buffers: Iterable[Any], ancdata: Iterable[Any] = (), flags: int = 0, address: Any = None, /) -> int:
        if tuple(ancdata) or address is not None:
            raise not_modelled("sendmsg with ancillary data or an address")
        return self.send(b"".join(bytes(each) for each in buffers), flags)

    @override
    def sendfile(self, file: Any, offset: int = 0, count: int | None = None) -> int:
        file.seek(offset)
        data = file.read() if count is None else file.read(count)
        self.sendall(data)
        return len(data)

    def _stream(self) -> VirtualSocket:
        if isinstance(self._raw, VirtualSocket):
            return self._raw
        raise refused(errno.EOPNOTSUPP)

    def _numeric(self, address: Any) -> Any:
        """Names are asked of the virtual resolver, numbers stand for themselves."""
        host, port, *rest = address
        if host in {"", b"", None}:
            return ("", port, *rest)
        return find_names(host, port, self.family, self.type)[0][4]

    def _try(self, call: Callable[[], T], ready: Callable[[Any], bool], until: float | None = None) -> T:
        """Call it now, and whenever it may go on (sock_call_impl); raises TimeoutError."""
        self._yield_turns()
        if self._patience == 0.0:
            return call()
        if until is None:
            until = math.inf if self._patience is None else self._scene.now() + self._patience
        while True:
            try:
                return call()
            except BlockingIOError:
                left = until - self._scene.now()
            if left <= 0 or not wait_for(until_ready, self._raw, ready, left):
                raise TimeoutError("timed out")

    def _yield_turns(self) -> None:
        """Let others go first by a number that the order says: who comes first is the scheduler's choice."""
        if self._scene.order is not None and self._scene.life is not None:
            for _ in range(self._scene.order.randint(0, MOST_EXTRA_TURNS)):
                wait_for(trio.lowlevel.checkpoint)


def make_socket(cls: type[socket.socket], *args: Any, **options: Any) -> socket.socket:
    """`socket.socket.__new__`: a virtual one where blocking code asks. Python calls `__init__` of what is returned."""
    scene = scene_here()
    number = options.get("fileno", args[3] if len(args) > 3 else None)
    if cls is socket.socket and scene is not None and scene.life and (number is None or number in scene.descriptors):
        cls = BlockingSocket
    return real_new(cls)
