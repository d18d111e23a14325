"""Faults of a connection and of its requests together, clients that leave, and who is said to have closed."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import simnet
from simnet.trace.events import Applied, Closed, Event, NotReached, ServiceTrouble

GUARD = 30
"""Seconds until a test that hangs is given up."""

REQUEST = b"GET / HTTP/1.1\r\nHost: simnet\r\n\r\n"
BODY = b"hello from simnet\n"
RST = struct.pack("ii", 1, 0)


@contextmanager
def service(speaks: str, *faults: str) -> Iterator[simnet.World]:
    """A network with one service that has these faults, as YAML says them."""
    text = f"simnet: 1\nservices: {{api: {{speaks: {speaks}, faults: [{', '.join(faults)}]}}}}\n"
    with simnet.network(text) as net:
        yield net


def connect(net: simnet.World) -> socket.socket:
    """A plain client's socket."""
    return socket.create_connection((net["api"].address, net["api"].port), timeout=GUARD)


def wait_for(net: simnet.World, kind: type[Event], count: int = 1) -> None:
    """Until the trace has so many."""
    end = time.monotonic() + GUARD
    while len(net.trace.of(kind)) < count:
        assert time.monotonic() < end, f"{count} {kind.__name__} did not come: {net.trace.events}"
        time.sleep(0.002)


def read_to_end(sock: socket.socket) -> bytes:
    """All bytes up to the FIN."""
    received = b""
    while piece := sock.recv(65536):
        received += piece
    return received


def who_closed(net: simnet.World) -> list[tuple[str, str]]:
    """By whom and how each connection ended."""
    return [(closed.by, closed.how) for closed in net.trace.of(Closed)]


def test_replies_to_requests_meet_the_cut_of_their_connection() -> None:
    """`truncate` with `connections` counts the bytes of all replies of the connection, not of each."""
    with service("http", "{fault: truncate, after: 120 B, when: {connections: 1}}") as net, connect(net) as sock:
        sock.sendall(REQUEST + REQUEST)
        assert len(read_to_end(sock)) == 120
    assert [proof.target for proof in net.trace.of(Applied)] == ["connection 1"]


def test_a_late_connection_and_a_narrow_request_are_both_proven() -> None:
    """Latency of the connection and a drip of the request combine, nothing is lost, and each has its own proof."""
    late = "{fault: latency, delay: 50ms, when: {connections: 1}}"
    with service("http", late, "{fault: drip, size: 20 B, every: 5ms}") as net, connect(net) as sock:
        began = time.monotonic()
        sock.sendall(REQUEST)
        received = b""
        while not received.endswith(BODY):
            received += sock.recv(65536)
        assert time.monotonic() - began >= 0.05
    assert {(proof.kind, proof.target) for proof in net.trace.of(Applied)} == {
        ("latency", "connection 1"),
        ("drip", "request 1"),
    }


def test_a_complaint_about_nonsense_is_late_too_and_arrives_whole() -> None:
    """A service that ends a late conversation waits until what it has said is out."""
    with service("http", "{fault: latency, delay: 50ms, when: {connections: 1}}") as net:
        with connect(net) as sock:
            sock.sendall(b"NONSENSE\r\n\r\n")
            answer = read_to_end(sock)
        wait_for(net, Closed)
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"illegal request line" in answer
    assert len(net.trace.of(ServiceTrouble)) == 1
    assert who_closed(net) == [("service", "FIN")]


@pytest.mark.parametrize(
    "fault", ["{fault: reset, after: 0 B}", "{fault: truncate, after: 0 B}", "{fault: stall, after: 0 B}"]
)
@pytest.mark.parametrize("how", ["FIN", "RST"])
def test_a_client_that_has_left_is_not_struck(fault: str, how: str) -> None:
    """A fault of a reply that comes too late for its client is not claimed; it is the client that closed."""
    with service("echo", "{fault: latency, delay: 100ms}", fault) as net:
        with connect(net) as sock:
            sock.sendall(b"hello")
            if how == "RST":
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RST)
        wait_for(net, Closed)
    assert who_closed(net) == [("client", how)]
    assert 2 in {event.fault for event in net.trace.of(NotReached)}


def test_what_has_struck_is_proven_though_the_client_leaves_amid() -> None:
    """A client that gives up in the middle of a late and narrow reply takes no proof away."""
    with service("http", "{fault: latency, delay: 20ms}", "{fault: drip, size: 10 B, every: 50ms}") as net:
        with connect(net) as sock:
            sock.sendall(REQUEST)
            assert len(sock.recv(10)) == 10
        wait_for(net, Closed)
    assert {proof.kind for proof in net.trace.of(Applied)} == {"latency", "drip"}


def test_a_client_that_leaves_a_silence_has_closed_with_fin() -> None:
    """A stalled service notices, without reading, that its client has gone; its FIN is told as a FIN."""
    with service("echo", "{fault: stall, after: 2 B}") as net:
        with connect(net) as sock:
            sock.sendall(b"hello")
            assert sock.recv(5) == b"he"
        wait_for(net, Closed)
        assert who_closed(net) == [("client", "FIN")]


def test_a_client_that_half_closes_gets_the_rest_after_the_silence() -> None:
    """A FIN of the client, which still reads, does not end a stall; the rest follows when it is over."""
    with service("echo", "{fault: stall, after: 2 B, for: 200ms}") as net, connect(net) as sock:
        sock.sendall(b"hello")
        sock.shutdown(socket.SHUT_WR)
        assert read_to_end(sock) == b"hello"


def test_a_client_that_leaves_a_black_hole_is_noticed_though_unseen() -> None:
    """Its FIN is dropped; its own end shows that nobody holds it any more, and our end does not outlive it."""
    with service("echo", "{fault: black_hole, after: 2 B}") as net:
        with connect(net) as sock:
            sock.sendall(b"hello")
            assert sock.recv(5) == b"he"
            while not net.trace.of(Applied):
                sock.sendall(b"is anybody there?")
                assert net.elapsed() < GUARD
                time.sleep(0.002)
        wait_for(net, Closed)
        assert who_closed(net) == [("client", "unseen")]
    (proof,) = net.trace.of(Applied)
    assert proof.evidence["min_ttl"] == 255
    assert int(proof.evidence["segments_dropped"]) >= 1


@pytest.mark.parametrize("after", [0, 2])
def test_a_black_hole_that_ends_lets_everything_through(after: int) -> None:
    """What the client sent in vain its kernel sends again: afterwards the reply is whole."""
    with service("echo", f"{{fault: black_hole, after: {after} B, for: 300ms}}") as net, connect(net) as sock:
        began = time.monotonic()
        sock.sendall(b"hello")
        received = b""
        while len(received) < 5:
            received += sock.recv(5)
        assert received == b"hello"
        assert time.monotonic() - began >= 0.3


def test_bytes_that_nobody_read_turn_the_close_into_a_reset() -> None:
    """When the network comes down over unread bytes the kernel sends RST; the client and the trace both have it so."""
    with service("echo", "{fault: stall, after: 0 B}") as net:
        sock = connect(net)
        sock.sendall(b"read")
        wait_for(net, Applied)
        sock.sendall(b"never read")
    with sock, pytest.raises(ConnectionResetError):
        sock.recv(1)
    assert who_closed(net) == [("service", "RST")]
