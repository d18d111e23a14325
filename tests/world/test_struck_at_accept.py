"""Faults of a connection that the kernel has completed and the server has not: errno and proof."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.trace.events import AcceptFailed, Closed

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet, Proofs

ADDRESSES = ["127.93.1.2:7107", pytest.param("[::1]:7108", id="ipv6")]


@pytest.mark.parametrize("at", ADDRESSES)
def test_slow_accept_connects_at_once_and_answers_late(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`slow_accept` leaves the connection in the accept queue: connected at once, answered after the delay."""
    with one_service(simnet.slow_accept(delay="200ms"), at=at) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("", b"hello, world\n")
        assert met.seconds >= 0.2
    (proof,) = applied(net)
    assert proof.evidence["accept_queue"] == 1
    assert float(proof.evidence["seconds"]) >= 0.2


@pytest.mark.parametrize("at", ADDRESSES)
def test_reset_at_accept_is_econnreset(one_service: MakeNet, client: type[Client], applied: Proofs, at: str) -> None:
    """`reset_at_accept` gives ECONNRESET, and the client's socket has left the kernel's tables."""
    with one_service(simnet.reset_at_accept(), at=at) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("ECONNRESET", b"")
    (proof,) = applied(net)
    assert proof.evidence == {"sent": "RST", "client_tcp_state": "gone"}
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how) == ("service", "RST")


@pytest.mark.parametrize("at", ADDRESSES)
def test_close_at_accept_is_an_end_of_file(one_service: MakeNet, client: type[Client], applied: Proofs, at: str) -> None:
    """`close_at_accept` gives a clean end of file where a reply was due, though the client has sent something."""
    with one_service(simnet.close_at_accept(), at=at) as net:
        met = client(send=b"").meet(net["api"])
        assert (met.what, met.connected, met.received) == ("", True, b"")
    (proof,) = applied(net)
    assert proof.evidence["sent"] == "FIN"
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how) == ("service", "FIN")


@pytest.mark.parametrize("at", ADDRESSES)
def test_fd_exhausted_is_a_real_emfile(one_service: MakeNet, client: type[Client], applied: Proofs, at: str) -> None:
    """`fd_exhausted` makes accept(2) fail with EMFILE while the client is connected and hears nothing."""
    with one_service(simnet.fd_exhausted(), at=at) as net:
        met = client(patience=0.5).meet(net["api"])
        assert (met.what, met.connected, met.received) == ("timed out", True, b"")
        (proof,) = applied(net)
        assert net["api"].attempts == 1
        assert net["api"].connections == 0
    assert proof.evidence["errno"] == "EMFILE"
    assert {failed.errno for failed in net.trace.of(AcceptFailed)} == {"EMFILE"}


def test_fd_exhausted_ends_live_and_serves_who_waited(
    one_service: MakeNet, client: type[Client], applied: Proofs
) -> None:
    """When descriptors are free again, the connection that waited in the queue is served."""
    with one_service(simnet.fd_exhausted(when={"during": "..500ms"})) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("", b"hello, world\n")
        assert met.seconds >= 0.4
    assert len(applied(net)) == 1


def test_fd_exhausted_serves_as_many_as_there_are_descriptors(
    one_service: MakeNet, client: type[Client], applied: Proofs
) -> None:
    """With `free: 1` the first connection is served, the second waits until the first has closed."""
    with one_service(simnet.fd_exhausted(free=1)) as net:
        for _ in range(3):
            assert client().meet(net["api"]).received == b"hello, world\n"
        first = client(patience=0.5)
        with socket.create_connection((net["api"].address, net["api"].port)) as holder:
            holder.sendall(b"x")
            assert holder.recv(1) == b"x"
            assert first.meet(net["api"]).what == "timed out"
            applied(net)
        assert client().meet(net["api"]).received == b"hello, world\n"
    assert applied(net)[0].evidence["errno"] == "EMFILE"


def test_a_client_that_leaves_the_queue_is_counted_once(one_service: MakeNet, client: type[Client]) -> None:
    """Clients that give up while the server is out of descriptors are one attempt each, however often they are seen."""
    with one_service(simnet.fd_exhausted(when={"during": "..600ms"})) as net:
        for _ in range(3):
            assert client(patience=0.1).meet(net["api"]).what == "timed out"
        assert client().meet(net["api"]).received == b"hello, world\n"
        assert net["api"].attempts == 4
    assert net.trace.attempts() == 4
