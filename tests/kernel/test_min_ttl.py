"""IP_MINTTL and IPV6_MINHOPCOUNT make a socket deaf: what arrives is dropped before TCP looks at it."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from simnet.world.kernel.counters import read_counters
from simnet.world.kernel.options import min_ttl, set_min_ttl, unacknowledged, unread
from simnet.world.kernel.tcp_info import TcpState, queue, tcp_info

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]
ErrnoOf = Callable[[Callable[[], object]], str]


def test_a_deaf_listener_drops_the_syn(net: Net, until: Until) -> None:
    """A SYN meets silence: the client stays in SYN_SENT, nothing is queued, and TCPMinTTLDrop counts it."""
    sock = net.listener()
    before = read_counters()["TcpExtTCPMinTTLDrop"]
    set_min_ttl(sock, on=True)
    client = net.waiting(sock)
    until(lambda: read_counters()["TcpExtTCPMinTTLDrop"] > before)
    assert tcp_info(client).state is TcpState.SYN_SENT
    assert queue(sock)[0] == 0


def test_the_next_retry_gets_in(net: Net, until: Until) -> None:
    """When the listener hears again, the next SYN of the waiting client connects it, and it was a retransmission."""
    sock = net.listener()
    set_min_ttl(sock, on=True)
    client = net.waiting(sock)
    set_min_ttl(sock, on=False)
    until(lambda: tcp_info(client).state is TcpState.ESTABLISHED)
    assert tcp_info(client).total_retransmits >= 1


def test_a_waiting_client_is_refused_at_its_next_retry(net: Net, until: Until) -> None:
    """When the door turns from silence to refusal, a waiting client gets ECONNREFUSED at its next SYN."""
    sock = net.listener()
    set_min_ttl(sock, on=True)
    client = net.waiting(sock)
    set_min_ttl(sock, on=False)
    sock.shutdown(socket.SHUT_RD)
    until(lambda: tcp_info(client).state is TcpState.CLOSE)
    assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNREFUSED


def test_a_client_with_ttl_255_passes(net: Net) -> None:
    """Segments with a TTL of 255 are let in: deafness is for clients with the default of 64."""
    sock = net.listener()
    set_min_ttl(sock, on=True)
    client = net.client()
    if net.family == socket.AF_INET6:
        client.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS, 255)
    else:
        client.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, 255)
    client.connect(sock.getsockname())
    assert tcp_info(client).state is TcpState.ESTABLISHED


def test_each_connection_has_its_own_setting(net: Net, until: Until) -> None:
    """A connection takes its setting from the handshake, not from accept, and neither side's later change spreads."""
    sock = net.listener()
    client = net.client()
    client.connect(sock.getsockname())
    until(lambda: queue(sock)[0] == 1)
    set_min_ttl(sock, on=True)
    accepted = net.keep(sock.accept()[0])
    assert (min_ttl(sock), min_ttl(accepted)) == (255, 0)
    set_min_ttl(sock, on=False)
    set_min_ttl(accepted, on=True)
    assert (min_ttl(sock), min_ttl(accepted)) == (0, 255)


def test_a_connection_made_in_the_deaf_inherits_deafness(net: Net) -> None:
    """A client with TTL 255 that a deaf listener lets in gets a deaf connection: so it is cleared after accept."""
    sock = net.listener()
    set_min_ttl(sock, on=True)
    client = net.client()
    level, option = (
        (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS)
        if net.family == socket.AF_INET6
        else (socket.IPPROTO_IP, socket.IP_TTL)
    )
    client.setsockopt(level, option, 255)
    client.connect(sock.getsockname())
    assert min_ttl(net.keep(sock.accept()[0])) == 255


def test_a_deaf_connection_makes_its_client_retransmit_and_heals(net: Net, until: Until) -> None:
    """Data for a deaf socket is retransmitted and never acknowledged; when it hears again the next one arrives."""
    client, accepted = net.connected(net.listener())
    set_min_ttl(accepted, on=True)
    client.sendall(b"lost?")
    until(lambda: tcp_info(client).retransmits >= 2)
    assert (unacknowledged(client), unread(accepted)) == (5, 0)
    set_min_ttl(accepted, on=False)
    assert accepted.recv(16) == b"lost?"
    until(lambda: unacknowledged(client) == 0)


def test_a_deaf_socket_still_speaks(net: Net, until: Until) -> None:
    """What a deaf socket sends arrives, but it never hears the acknowledgement and sends it again."""
    client, accepted = net.connected(net.listener())
    set_min_ttl(accepted, on=True)
    accepted.sendall(b"said")
    assert client.recv(16) == b"said"
    until(lambda: tcp_info(accepted).retransmits >= 1)
    assert unacknowledged(accepted) == 4


def test_the_fin_of_the_client_is_lost_too(net: Net, until: Until) -> None:
    """The FIN of the client is dropped like any segment: the deaf side goes on believing in the connection."""
    client, accepted = net.connected(net.listener())
    set_min_ttl(accepted, on=True)
    client.shutdown(socket.SHUT_WR)
    until(lambda: tcp_info(client).retransmits >= 1)
    assert tcp_info(client).state is TcpState.FIN_WAIT1
    assert tcp_info(accepted).state is TcpState.ESTABLISHED
