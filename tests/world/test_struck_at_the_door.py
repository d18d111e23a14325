"""Faults before a connection exists: the client gets the true errno, and the proof says applied."""

from __future__ import annotations

import errno
import socket
from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.trace.events import Attempt, AttemptOver, Failed

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet, Proofs, RunPython

ADDRESSES = ["127.93.1.1:7107", pytest.param("[::1]:7107", id="ipv6")]


@pytest.mark.parametrize("at", ADDRESSES)
def test_refuse_is_econnrefused_proven_by_the_clients_own_socket(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`refuse` gives ECONNREFUSED, and the client's socket in CLOSE is the proof."""
    with one_service(simnet.refuse(), at=at) as net:
        assert client().meet(net["api"]).what == "ECONNREFUSED"
    (proof,) = applied(net)
    assert (proof.kind, proof.target) == ("refuse", "attempt 1")
    assert proof.evidence == {"errno": "ECONNREFUSED", "client_tcp_state": "CLOSE"}


def test_refuse_of_another_program_is_proven_by_its_sockets_end(
    one_service: MakeNet, in_another_process: RunPython, applied: Proofs
) -> None:
    """A refused attempt of another program is counted, though no listener ever heard of it."""
    with one_service(simnet.refuse()) as net:
        said = in_another_process(CONNECT, net["api"]).stdout
        assert said == "ECONNREFUSED\n"
        applied(net)
        assert net["api"].attempts == 1
    assert [attempt.counted for attempt in net.trace.of(Attempt)] == ["by destroy event"]


CONNECT = """
import errno, socket, sys
sock = socket.socket()
sock.settimeout(20)
try:
    sock.connect((sys.argv[1], int(sys.argv[2])))
    print("connected")
except OSError as error:
    print(errno.errorcode.get(error.errno, "timed out"))
"""


@pytest.mark.parametrize("at", ADDRESSES)
def test_drop_syn_leaves_the_client_waiting_in_syn_sent(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`drop_syn` answers nothing: the client's own patience ends the attempt, and SYN_SENT is the proof."""
    with one_service(simnet.drop_syn(), at=at) as net:
        met = client(patience=0.3).meet(net["api"])
        assert (met.what, met.connected) == ("timed out", False)
    (proof,) = applied(net)
    assert proof.evidence["client_tcp_state"] == "SYN_SENT"
    (over,) = net.trace.of(AttemptOver)
    assert over.outcome == "gave_up"


@pytest.mark.parametrize("at", ADDRESSES)
def test_slow_handshake_connects_after_the_delay_and_not_before(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`slow_handshake` completes the handshake after its delay, by a simultaneous open, and then serves."""
    with one_service(simnet.slow_handshake(delay="200ms"), at=at) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("", b"hello, world\n")
        assert met.seconds >= 0.2
    (proof,) = applied(net)
    assert proof.evidence["client_tcp_state"] == "SYN_SENT"
    assert float(proof.evidence["seconds"]) >= 0.2


def test_syn_loss_costs_one_retransmission(one_service: MakeNet, client: type[Client], applied: Proofs) -> None:
    """`syn_loss` lets the attempt in when the client's kernel sends its SYN again, after a second."""
    with one_service(simnet.syn_loss(lose=1)) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("", b"hello, world\n")
        assert met.seconds >= 0.9  # tcp_syn_linear_timeouts or not, the first step is 1 s; its timer may run early
    (proof,) = applied(net)
    assert proof.evidence["syns_dropped"] == 1


@pytest.mark.parametrize("at", ADDRESSES)
def test_backlog_full_overflows_the_listen_queue(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`backlog_full` really has a full accept queue, longer than its backlog, while the client waits."""
    with one_service(simnet.backlog_full(backlog=2), at=at) as net:
        met = client(patience=0.3).meet(net["api"])
        assert (met.what, met.connected) == ("timed out", False)
    (proof,) = applied(net)
    assert proof.evidence["queue"] == 3
    assert proof.evidence["backlog"] == 2


def test_backlog_full_lets_the_waiting_in_when_it_ends(
    one_service: MakeNet, client: type[Client], applied: Proofs
) -> None:
    """A client that waits at a full queue is served by its next SYN once the queue is emptied."""
    with one_service(simnet.backlog_full(when={"during": "..300ms"})) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("", b"hello, world\n")
        assert met.seconds >= 0.3
    assert len(applied(net)) == 1


@pytest.mark.parametrize("at", ADDRESSES)
@pytest.mark.parametrize("option", [None, socket.SO_REUSEADDR, socket.SO_REUSEPORT])
def test_port_taken_makes_every_bind_fail(one_service: MakeNet, applied: Proofs, at: str, option: int | None) -> None:
    """`port_taken` makes bind() fail with EADDRINUSE whatever options the program sets, and names the holder."""
    with one_service(simnet.port_taken(), at=at) as net:
        service = net["api"]
        family = socket.AF_INET6 if ":" in service.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            if option is not None:
                sock.setsockopt(socket.SOL_SOCKET, option, 1)
            with pytest.raises(OSError, match="in use") as refused:
                sock.bind((service.address, service.port))
        assert refused.value.errno == errno.EADDRINUSE
    (proof,) = applied(net)
    assert proof.evidence["errno"] == "EADDRINUSE"
    assert "simnet" in str(proof.evidence["holder"])


def test_port_taken_gives_the_address_back_at_the_end_of_its_span(one_service: MakeNet) -> None:
    """After `during` the program under test can bind the address."""
    with one_service(simnet.port_taken(when={"during": "..200ms"})) as net, socket.socket() as sock:
        while net["api"].door != "released":
            assert net.elapsed() < 20
        sock.bind((net["api"].address, net["api"].port))
        sock.listen()


def test_port_taken_fails_when_the_program_under_test_was_there_first(one_service: MakeNet) -> None:
    """A span that begins when somebody else holds the address ends as failed, with the holder's name."""
    with one_service(simnet.port_taken(when={"during": "300ms.."})) as net, socket.socket() as sock:
        sock.bind((net["api"].address, net["api"].port))
        sock.listen()
        while not net.trace.of(Failed):
            assert net.elapsed() < 20
    (failed,) = net.trace.of(Failed)
    assert failed.kind == "port_taken"
    assert "EADDRINUSE" in failed.why


def test_what_is_refused_elsewhere_on_the_shared_address_is_not_counted(
    one_service: MakeNet, client: type[Client], applied: Proofs
) -> None:
    """A refused socket has forgotten its port; on ::1 it may have been anybody's at any port, once ours have come."""
    with one_service(simnet.refuse(), at="[::1]:7107") as net, socket.socket(socket.AF_INET6) as shut:
        shut.bind(("::1", 0))
        assert client().meet(net["api"]).what == "ECONNREFUSED"
        for _ in range(3):
            with socket.socket(socket.AF_INET6) as stranger:
                assert stranger.connect_ex(shut.getsockname()) == errno.ECONNREFUSED
        assert client().meet(net["api"]).what == "ECONNREFUSED"
    assert net["api"].attempts == len(applied(net)) == 2
