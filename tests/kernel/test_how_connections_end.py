"""FIN and RST: what each does to the client, and what the kernel shows of it."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from simnet.world.kernel.options import abort_on_close, set_min_ttl, unacknowledged, unread
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.tcp_info import TcpState, tcp_info

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]
ErrnoOf = Callable[[Callable[[], object]], str]


def abort(sock: socket.socket) -> None:
    abort_on_close(sock)
    sock.close()


def test_linger_zero_resets(net: Net, errno_of: ErrnoOf) -> None:
    """close with SO_LINGER 0 sends a RST: ECONNRESET, once, and the end of file after it."""
    client, accepted = net.connected(net.listener())
    abort(accepted)
    assert errno_of(lambda: client.recv(1)) == "ECONNRESET"
    assert client.recv(1) == b""


def test_what_arrived_before_the_reset_is_read_first(net: Net, errno_of: ErrnoOf, until: Until) -> None:
    """Bytes that arrived before the RST stay readable; then comes ECONNRESET."""
    client, accepted = net.connected(net.listener())
    accepted.sendall(b"seventeen bytes..")
    until(lambda: unacknowledged(accepted) == 0)
    abort(accepted)
    assert client.recv(100) == b"seventeen bytes.."
    assert errno_of(lambda: client.recv(1)) == "ECONNRESET"


def test_closing_with_unread_bytes_resets(net: Net, errno_of: ErrnoOf, until: Until) -> None:
    """close with bytes unread sends a RST, with no option set (RFC 2525, 2.17): so everything is read before a FIN."""
    client, accepted = net.connected(net.listener())
    client.sendall(b"unread")
    until(lambda: unread(accepted) == 6)
    accepted.close()
    assert errno_of(lambda: client.recv(1)) == "ECONNRESET"


def test_close_sends_a_fin(net: Net) -> None:
    """close with nothing unread sends a FIN: the client reads the end of file and is in CLOSE_WAIT."""
    client, accepted = net.connected(net.listener())
    accepted.close()
    assert client.recv(1) == b""
    assert tcp_info(client).state is TcpState.CLOSE_WAIT


def test_sock_diag_tells_rst_from_fin(net: Net, until: Until) -> None:
    """After a FIN sock_diag shows the client in CLOSE_WAIT; after a RST it has no row any more."""
    listener = net.listener()
    with SockDiag() as diag:
        client, accepted = net.connected(listener)
        where = client.getsockname()[:2], client.getpeername()[:2]

        def state() -> TcpState | None:
            row = diag.find(*where)
            return None if row is None else row.state

        assert state() is TcpState.ESTABLISHED
        accepted.shutdown(socket.SHUT_WR)
        until(lambda: state() is TcpState.CLOSE_WAIT)
        abort(accepted)
        until(lambda: state() is None)
        assert tcp_info(client).state is TcpState.CLOSE


def test_after_fin_and_reset_a_send_is_a_broken_pipe(net: Net, errno_of: ErrnoOf, until: Until) -> None:
    """After a FIN the first send draws a RST, the next gives EPIPE, and reading goes on saying end of file."""
    client, accepted = net.connected(net.listener())
    accepted.close()
    assert client.recv(1) == b""
    assert errno_of(lambda: client.send(b"x")) == ""
    until(lambda: tcp_info(client).state is TcpState.CLOSE)
    assert errno_of(lambda: client.send(b"x")) == "EPIPE"
    assert client.recv(1) == b""


def test_closing_a_listener_resets_its_queue(net: Net, errno_of: ErrnoOf) -> None:
    """Clients that wait in the queue of a listener that is closed get ECONNRESET."""
    listener = net.listener()
    client = net.client()
    client.connect(listener.getsockname())
    listener.close()
    assert errno_of(lambda: client.recv(1)) == "ECONNRESET"


def test_unacknowledged_bytes_are_counted(net: Net, until: Until) -> None:
    """SIOCOUTQ of the sender is what the other side has not acknowledged: 0 when it hears, all when it is deaf."""
    client, accepted = net.connected(net.listener())
    accepted.sendall(b"1234")
    until(lambda: (unacknowledged(accepted), unread(client)) == (0, 4))
    set_min_ttl(client, on=True)
    accepted.sendall(b"56")
    until(lambda: tcp_info(accepted).retransmits >= 1)
    assert (unacknowledged(accepted), unread(client)) == (2, 4)


def test_acknowledged_bytes_show_in_tcp_info(net: Net, until: Until) -> None:
    """TCP_INFO of both ends counts the bytes that got through."""
    client, accepted = net.connected(net.listener())
    accepted.sendall(b"x" * 1000)
    until(lambda: tcp_info(accepted).bytes_acked >= 1000)
    assert (tcp_info(accepted).bytes_acked, tcp_info(client).bytes_received) == (1000, 1000)
