"""Facts about TCP_MD5SIG (tcp(7)): with a key that only one side has, neither hears the other any more."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from simnet.world.kernel.options import abort_on_close, cut_off, dropped_segments
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.tcp_info import TcpState, tcp_info

PATIENCE = 20.0
SILENCE = 0.3
"""Seconds of nothing: longer than the first retransmission takes (200 ms, TCP_RTO_MIN)."""

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=["127.94.3.1", pytest.param("::1", id="ipv6")])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A client and the socket that was accepted for it."""
    host = str(request.param)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as listener,
        socket.create_connection(listener.getsockname()[:2], PATIENCE) as client,
        listener.accept()[0] as accepted,
    ):
        yield client, accepted


def test_nothing_passes_in_either_direction(pair: Pair) -> None:
    """Both retransmit in vain, and our kernel counts what it drops."""
    client, accepted = pair
    cut_off(accepted)
    client.sendall(b"up")
    accepted.sendall(b"down")
    for one in pair:
        one.settimeout(SILENCE)
        with pytest.raises(TimeoutError):
            one.recv(9)
    assert dropped_segments(accepted) > 0
    assert tcp_info(client).unacked == tcp_info(accepted).unacked == 1
    assert tcp_info(client).total_retransmits > 0


def test_no_end_is_heard(pair: Pair) -> None:
    """A close that aborts leaves nothing of ours in the kernel, and the client is ESTABLISHED as before."""
    client, accepted = pair
    ours, theirs = client.getpeername()[:2], client.getsockname()[:2]
    cut_off(accepted)
    abort_on_close(accepted)
    accepted.close()
    client.settimeout(SILENCE)
    with pytest.raises(TimeoutError):
        client.recv(9)
    with SockDiag() as diag:
        assert diag.find(ours, theirs) is None
    assert tcp_info(client).state is TcpState.ESTABLISHED


def test_a_closed_socket_without_abort_would_linger(pair: Pair) -> None:
    """The reason for the abort: a plain close leaves a FIN that the kernel repeats and the client rejects."""
    client, accepted = pair
    ours, theirs = client.getpeername()[:2], client.getsockname()[:2]
    cut_off(accepted)
    with accepted.dup() as kept:
        accepted.shutdown(socket.SHUT_WR)
        with SockDiag() as diag:
            row = diag.find(ours, theirs)
            assert row is not None
            assert row.state is TcpState.FIN_WAIT1
        assert tcp_info(client).state is TcpState.ESTABLISHED
        abort_on_close(kept)


def test_others_are_heard() -> None:
    """The key is of one connection: the listener and its other connections know nothing of it."""
    with (
        socket.create_server(("127.94.3.2", 0)) as listener,
        socket.create_connection(listener.getsockname()),
        listener.accept()[0] as cut,
    ):
        cut_off(cut)
        with socket.create_connection(listener.getsockname(), PATIENCE) as second, listener.accept()[0] as heard:
            second.sendall(b"hello")
            assert heard.recv(9) == b"hello"
        abort_on_close(cut)
