"""A full accept queue drops SYNs, and TCP_INFO of the listener says how full it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from simnet.world.kernel.counters import read_counters
from simnet.world.kernel.options import abort_on_close
from simnet.world.kernel.tcp_info import TcpState, queue, tcp_info

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]


@pytest.mark.parametrize("backlog", [0, 1, 5])
def test_a_backlog_of_n_admits_one_more(net: Net, until: Until, backlog: int) -> None:
    """listen(n) admits n + 1 connections; the next client stays in SYN_SENT and ListenOverflows counts it."""
    sock = net.listener(backlog)
    assert queue(sock) == (0, backlog)
    for _ in range(backlog + 1):
        net.client().connect(sock.getsockname())
    until(lambda: queue(sock) == (backlog + 1, backlog))
    before = read_counters()["TcpExtListenOverflows"]
    client = net.waiting(sock)
    until(lambda: read_counters()["TcpExtListenOverflows"] > before)
    assert tcp_info(client).state is TcpState.SYN_SENT
    assert queue(sock) == (backlog + 1, backlog)


def test_an_accept_makes_room_for_the_next_retry(net: Net, until: Until) -> None:
    """After one accept the next SYN of a waiting client gets into the queue."""
    sock = net.listener(0)
    net.client().connect(sock.getsockname())
    until(lambda: queue(sock) == (1, 0))
    client = net.waiting(sock)
    net.keep(sock.accept()[0])
    until(lambda: tcp_info(client).state is TcpState.ESTABLISHED)
    until(lambda: queue(sock) == (1, 0))


def test_a_client_that_left_keeps_its_place(net: Net, until: Until) -> None:
    """A connection that its client closed or reset is in the queue until it is accepted."""
    sock = net.listener(1)
    closed, reset = net.client(), net.client()
    closed.connect(sock.getsockname())
    reset.connect(sock.getsockname())
    until(lambda: queue(sock) == (2, 1))
    closed.close()
    abort_on_close(reset)
    reset.close()
    assert net.dial(sock, 0.05) == "no answer"
    assert queue(sock) == (2, 1)


def test_listening_again_changes_the_backlog_live(net: Net, until: Until) -> None:
    """listen(n) on a listener changes its backlog at once and keeps the queue."""
    sock = net.listener(0)
    net.client().connect(sock.getsockname())
    sock.listen(5)
    until(lambda: queue(sock) == (1, 5))
    assert net.dial(sock) == "served"


def test_a_socket_that_does_not_listen_has_no_queue(net: Net) -> None:
    """`queue` of a socket that is bound, or connected, is (0, 0)."""
    client, accepted = net.connected(net.listener())
    assert [queue(sock) for sock in (net.bound(), client, accepted)] == [(0, 0)] * 3
