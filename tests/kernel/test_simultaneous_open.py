"""Crossing SYNs (RFC 9293, 3.5) let one chosen waiting client in, at any instant."""

from __future__ import annotations

import select
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from simnet.world.kernel.options import abort_on_close, set_min_ttl
from simnet.world.kernel.tcp_info import TcpState, tcp_info

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]
ErrnoOf = Callable[[Callable[[], object]], str]


def bound_beside(net: Net, listener: socket.socket) -> socket.socket:
    """A second socket on the same address and port: SO_REUSEPORT on both for the moment of the bind."""
    opener = net.client(socket.SO_REUSEPORT)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opener.bind(listener.getsockname())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
    return opener


def deaf_listener(net: Net) -> socket.socket:
    sock = net.bound()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.listen(16)
    set_min_ttl(sock, on=True)
    return sock


def test_a_waiting_client_is_let_in(net: Net) -> None:
    """Our connect to the waiting client completes its connect without a retry, and bytes flow both ways."""
    sock = deaf_listener(net)
    client = net.waiting(sock)
    opener = bound_beside(net, sock)
    opener.connect(client.getsockname())
    assert select.select([], [client], [], 30)[1]
    assert tcp_info(client).state is TcpState.ESTABLISHED
    assert client.getpeername() == sock.getsockname()
    client.settimeout(30)
    client.sendall(b"question")
    assert opener.recv(16) == b"question"
    opener.sendall(b"answer")
    assert client.recv(16) == b"answer"


def test_the_others_go_on_waiting(net: Net, until: Until) -> None:
    """Only the client that was dialled is let in; one before it and one after it stay in SYN_SENT."""
    sock = deaf_listener(net)
    clients = [net.waiting(sock) for _ in range(3)]
    bound_beside(net, sock).connect(clients[1].getsockname())
    until(lambda: tcp_info(clients[1]).state is TcpState.ESTABLISHED)
    states = [tcp_info(client).state for client in clients]
    assert states == [TcpState.SYN_SENT, TcpState.ESTABLISHED, TcpState.SYN_SENT]


def test_several_are_let_in_one_by_one(net: Net, until: Until) -> None:
    """Each client needs a socket of its own beside the listener, and all of these may live at once."""
    sock = deaf_listener(net)
    clients = [net.waiting(sock) for _ in range(3)]
    for client in clients:
        bound_beside(net, sock).connect(client.getsockname())
    until(lambda: {tcp_info(client).state for client in clients} == {TcpState.ESTABLISHED})


def test_a_client_that_gave_up_is_not_there(net: Net, errno_of: ErrnoOf) -> None:
    """If the client closed its socket meanwhile, our connect is refused."""
    sock = deaf_listener(net)
    client = net.waiting(sock)
    where = client.getsockname()
    client.close()
    assert errno_of(lambda: bound_beside(net, sock).connect(where)) == "ECONNREFUSED"


def test_the_port_stays_ours(net: Net) -> None:
    """Beside listener and opener no plain or REUSEADDR socket can bind; the listener serves when it hears again."""
    sock = deaf_listener(net)
    bound_beside(net, sock).connect(net.waiting(sock).getsockname())
    assert net.bind_like(sock) == "EADDRINUSE"
    assert net.bind_like(sock, socket.SO_REUSEADDR) == "EADDRINUSE"
    set_min_ttl(sock, on=False)
    assert net.dial(sock) == "served"


def test_let_in_and_reset(net: Net, errno_of: ErrnoOf, until: Until) -> None:
    """A client that is let in can be reset like any other: ECONNRESET."""
    sock = deaf_listener(net)
    client = net.waiting(sock)
    opener = bound_beside(net, sock)
    opener.connect(client.getsockname())
    until(lambda: tcp_info(client).state is TcpState.ESTABLISHED)
    client.settimeout(30)
    abort_on_close(opener)
    opener.close()
    assert errno_of(lambda: client.recv(1)) == "ECONNRESET"
