"""One bound socket refuses and serves in turn, and nobody can take its port in between."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

ErrnoOf = Callable[[Callable[[], object]], str]

THIEVES = [
    pytest.param((), id="plain"),
    pytest.param((socket.SO_REUSEADDR,), id="REUSEADDR"),
    pytest.param((socket.SO_REUSEPORT,), id="REUSEPORT"),
    pytest.param((socket.SO_REUSEADDR, socket.SO_REUSEPORT), id="both"),
]


def on(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.listen(16)


def off(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
    sock.shutdown(socket.SHUT_RD)


def test_bound_and_not_listening_refuses(net: Net) -> None:
    """A socket that is bound and does not listen refuses: ECONNREFUSED."""
    assert net.dial(net.bound()) == "ECONNREFUSED"


def test_serves_again_with_old_connections_about(net: Net) -> None:
    """After shutdown and listen the same socket serves again, whatever its earlier connections are doing."""
    sock = net.bound()
    on(sock)
    alive, _ = net.connected(sock)
    _, gone = net.connected(sock)
    gone.close()  # we close first: TIME_WAIT or FIN_WAIT2 is ours
    for _ in range(3):
        off(sock)
        assert net.dial(sock) == "ECONNREFUSED"
        on(sock)
        assert net.dial(sock) == "served"
    assert alive.getpeername() == sock.getsockname()


def test_without_reuseaddr_old_connections_are_in_the_way(net: Net, errno_of: ErrnoOf) -> None:
    """Without SO_REUSEADDR, listening again beside an accepted connection is EADDRINUSE: so it is set."""
    sock = net.listener()
    _alive = net.connected(sock)
    sock.shutdown(socket.SHUT_RD)
    assert errno_of(lambda: sock.listen(16)) == "EADDRINUSE"


@pytest.mark.parametrize("options", THIEVES)
def test_nobody_takes_the_shut_port(net: Net, options: tuple[int, ...]) -> None:
    """While it is shut no other socket can bind the port, with whatever options, on the wildcard address neither."""
    sock = net.bound()
    on(sock)
    off(sock)
    assert net.bind_like(sock, *options) == "EADDRINUSE"
    assert net.bind_like(sock, *options, address=net.wildcard) == "EADDRINUSE"


def test_reuseaddr_left_on_lets_a_thief_in(net: Net) -> None:
    """With SO_REUSEADDR left on while shut, another REUSEADDR socket takes the port: so it is switched off."""
    sock = net.bound()
    on(sock)
    sock.shutdown(socket.SHUT_RD)
    assert net.bind_like(sock, socket.SO_REUSEADDR) == "bound"


def test_a_port_that_the_kernel_chose_is_lost(net: Net) -> None:
    """A port from bind(0) is free for others once the listener was shut: so ports are chosen explicitly."""
    sock = net.client()
    sock.bind((net.address, 0))
    taken = net.client()
    sock.listen(1)
    where = sock.getsockname()
    sock.shutdown(socket.SHUT_RD)
    taken.bind(where)
    assert taken.getsockname() == where


def test_shutting_resets_the_queue_and_spares_the_accepted(net: Net, errno_of: ErrnoOf) -> None:
    """Shutting resets connections that wait in the queue (ECONNRESET); accepted ones live on."""
    sock = net.bound()
    on(sock)
    client, accepted = net.connected(sock)
    queued = net.client()
    queued.connect(sock.getsockname())
    off(sock)
    assert errno_of(lambda: queued.recv(1)) == "ECONNRESET"
    client.sendall(b"x")
    assert accepted.recv(1) == b"x"


def test_accept_and_epoll_on_a_shut_listener(net: Net, errno_of: ErrnoOf) -> None:
    """accept on a shut listener is EINVAL and epoll says HUP; after listen neither does."""
    sock = net.bound()
    on(sock)
    sock.settimeout(0)
    with select.epoll() as epoll:
        epoll.register(sock, select.EPOLLIN)
        off(sock)
        assert errno_of(sock.accept) == "EINVAL"
        assert epoll.poll(0)[0][1] & select.EPOLLHUP
        on(sock)
        assert errno_of(sock.accept) == "EAGAIN"
        assert epoll.poll(0) == []


def test_a_shutdown_before_the_first_listen_is_inherited(net: Net) -> None:
    """A socket shut down before it ever listened passes that on: what it accepts reads end of file. So it is not done."""
    sock = net.bound()
    with pytest.raises(OSError, match="not connected"):
        sock.shutdown(socket.SHUT_RD)
    on(sock)
    _client, accepted = net.connected(sock)
    accepted.setblocking(False)  # noqa: FBT003
    assert accepted.recv(1) == b""
