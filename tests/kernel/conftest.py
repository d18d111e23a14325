"""Bare sockets for the facts about the kernel that simnet stands on.

Law: no simnet engine here, only sockets and the seam; whatever is opened is closed at the end of the test; what is
waited for is an event, with a guard that only a broken kernel meets.
"""

from __future__ import annotations

import errno
import itertools
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

GUARD = 30.0
SILENCE = 0.05
"""An answer on loopback comes within the system call; the first SYN is repeated after 1 s."""

_ports = itertools.count(14_000 + os.getpid() % 40 * 100)


class Net:
    """Sockets of one family on one loopback address; ports are explicit and outside the ephemeral range."""

    def __init__(self, address: str, stack: ExitStack) -> None:
        self.address = address
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.wildcard = "::" if ":" in address else "0.0.0.0"
        self._stack = stack

    def keep(self, sock: socket.socket) -> socket.socket:
        """Close `sock` at the end of the test."""
        return self._stack.enter_context(sock)

    def client(self, *options: int, patience: float = GUARD) -> socket.socket:
        """A TCP socket with these SOL_SOCKET options on."""
        sock = self.keep(socket.socket(self.family, socket.SOCK_STREAM))
        sock.settimeout(patience)
        for option in options:
            sock.setsockopt(socket.SOL_SOCKET, option, 1)
        return sock

    def bound(self, *options: int) -> socket.socket:
        """A TCP socket bound to a free, explicit port."""
        sock = self.client(*options)
        for port in _ports:
            try:
                sock.bind((self.address, 14_000 + port % 5_000))
            except OSError as error:
                assert error.errno == errno.EADDRINUSE  # noqa: PT017 - anything else is no reason to try the next
            else:
                break
        return sock

    def listener(self, backlog: int = 16) -> socket.socket:
        """A listening one."""
        sock = self.bound()
        sock.listen(backlog)
        return sock

    def connected(self, listener: socket.socket) -> tuple[socket.socket, socket.socket]:
        """(client, accepted)."""
        client = self.client()
        client.connect(listener.getsockname())
        accepted = self.keep(listener.accept()[0])
        accepted.settimeout(GUARD)
        return client, accepted

    def waiting(self, listener: socket.socket) -> socket.socket:
        """A client that has sent its SYN and does not wait for the answer."""
        sock = self.client(patience=0)
        assert sock.connect_ex(listener.getsockname()) == errno.EINPROGRESS
        return sock

    def dial(self, listener: socket.socket, patience: float = GUARD) -> str:
        """What becomes of one connect: "served", "no answer", or the name of the errno."""
        return attempt(lambda: self.client(patience=patience).connect(listener.getsockname()[:2])) or "served"

    def bind_like(self, listener: socket.socket, *options: int, address: str | None = None) -> str:
        """What becomes of a bind and listen on the same port: "bound", or the name of the errno."""

        def bind() -> None:
            with socket.socket(self.family, socket.SOCK_STREAM) as sock:
                for option in options:
                    sock.setsockopt(socket.SOL_SOCKET, option, 1)
                sock.bind((address or self.address, listener.getsockname()[1]))
                sock.listen(1)

        return attempt(bind) or "bound"


def attempt(call: Callable[[], object]) -> str:
    """The name of the errno that `call` gives, "no answer" for a timeout, "" for none."""
    try:
        call()
    except TimeoutError:
        return "no answer"
    except OSError as error:
        return errno.errorcode[error.errno or 0]
    return ""


def wait_until(condition: Callable[[], object]) -> None:
    """Return as soon as `condition` holds; fail after the guard."""
    end = time.monotonic() + GUARD
    while not condition():
        assert time.monotonic() < end, "it did not come to pass"
        time.sleep(0.002)


def _has_six() -> bool:
    def bind() -> None:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))

    return attempt(bind) == ""


@pytest.fixture(params=["IPv4", "IPv6"])
def net(request: pytest.FixtureRequest) -> Iterator[Net]:
    """Loopback, of each family in turn."""
    if request.param == "IPv6" and not _has_six():
        pytest.skip("this machine has no ::1")
    with ExitStack() as stack:
        yield Net("::1" if request.param == "IPv6" else f"127.126.{os.getpid() % 250 + 1}.1", stack)


@pytest.fixture
def four() -> Iterator[Net]:
    """Loopback of IPv4, where one family says it all."""
    with ExitStack() as stack:
        yield Net(f"127.126.{os.getpid() % 250 + 1}.1", stack)


@pytest.fixture
def errno_of() -> Callable[[Callable[[], object]], str]:
    """`attempt`, for the tests: they cannot import from here (importlib mode)."""
    return attempt


@pytest.fixture
def until() -> Callable[[Callable[[], object]], None]:
    """`wait_until`, for the tests."""
    return wait_until
