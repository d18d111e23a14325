"""A proxy on the wire: what either end says, and how it ends, is what the other gets; faults strike the way they are sent."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import simnet
from simnet.trace.events import Applied, Closed, Dialled, Event, UpstreamClosed
from simnet.world.kernel.tcp_info import TcpState, tcp_info

GUARD = 20.0
HOST = "127.93.41.1"


@contextlib.contextmanager
def relayed(*faults: simnet.Fault, host: str = HOST) -> Iterator[tuple[simnet.World, socket.socket, socket.socket]]:
    """A proxy with these faults, a client connected to it, and the server's end of the connection that it has dialled."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.create_server((host, 0), family=family) as listener:
        listener.settimeout(GUARD)
        port = listener.getsockname()[1]
        upstream = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        with simnet.network(f"simnet: 1\nservices:\n  link:\n    proxy: {{upstream: '{upstream}'}}\n") as net:
            net["link"].set(*faults)
            with socket.create_connection((net["link"].address, net["link"].port), GUARD) as client:
                server, _ = listener.accept()
                server.settimeout(GUARD)
                with server:
                    yield net, client, server


def all_of(sock: socket.socket) -> tuple[bytes, str]:
    """Everything that comes, and how it ends."""
    found = b""
    try:
        while data := sock.recv(65536):
            found += data
    except ConnectionResetError:
        return found, "RST"
    return found, "FIN"


def wait_for(net: simnet.World, kind: type[Event]) -> None:
    """Until the trace has one of these."""
    until = time.monotonic() + GUARD
    while not net.trace.of(kind):
        assert time.monotonic() < until, f"there is no {kind.__name__}"
        time.sleep(0.002)


def abort(sock: socket.socket) -> None:
    """RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


@pytest.mark.parametrize("host", [HOST, "::1"])
def test_a_half_close_is_passed_on_as_one(host: str) -> None:
    """The client's FIN reaches the server, which can answer all the same; then its own FIN reaches the client."""
    with relayed(host=host) as (net, client, server):
        client.sendall(b"question")
        client.shutdown(socket.SHUT_WR)
        assert all_of(server) == (b"question", "FIN")
        server.sendall(b"answer")
        server.close()
        assert all_of(client) == (b"answer", "FIN")
        client.close()
        wait_for(net, UpstreamClosed)
        wait_for(net, Closed)
    (closed,), (upstream,) = net.trace.of(Closed), net.trace.of(UpstreamClosed)
    assert (closed.by, closed.how, closed.bytes_in, closed.bytes_out) == ("client", "FIN", 8, 6)
    assert (upstream.by, upstream.how, upstream.bytes_in, upstream.bytes_out) == ("service", "FIN", 6, 8)


def test_a_server_that_closes_first_is_passed_on() -> None:
    """Its FIN reaches the client, and what the client still says reaches the server."""
    with relayed() as (net, client, server):
        server.sendall(b"bye")
        server.shutdown(socket.SHUT_WR)
        assert all_of(client) == (b"bye", "FIN")
        client.sendall(b"wait")
        client.close()
        assert all_of(server) == (b"wait", "FIN")
        server.close()
        wait_for(net, Closed)
    (closed,), (upstream,) = net.trace.of(Closed), net.trace.of(UpstreamClosed)
    assert (closed.by, upstream.by) == ("service", "upstream")


@pytest.mark.parametrize("ear", [False, True])
def test_a_reset_is_passed_on_behind_all_that_came_before(ear: bool) -> None:  # noqa: FBT001
    """By the server to the client, by the client to the server; the bytes before it can be read."""

    class Nothing:
        def heard(self, connection: int, by: str, data: bytes) -> None: ...
        def ended(self, connection: int, by: str, how: str) -> None: ...

    for of_server in (True, False):
        with relayed() as (net, client, server):
            if ear:
                net["link"].overhear(Nothing())
            first, other = (server, client) if of_server else (client, server)
            first.sendall(b"x" * 100_000)
            time.sleep(0.05)  # nothing depends on it: a RST at once may overtake bytes that have not left the kernel
            abort(first)
            found, how = all_of(other)
            assert (found, how) == (b"x" * len(found), "RST")
            wait_for(net, Closed)
            wait_for(net, UpstreamClosed)
        (closed,), (upstream,) = net.trace.of(Closed), net.trace.of(UpstreamClosed)
        expected = ("service", "upstream") if of_server else ("client", "service")
        assert (closed.by, upstream.by) == expected
        assert {closed.how, upstream.how} == {"RST"}


def test_a_reset_is_passed_on_though_nobody_reads() -> None:
    """The server does not read and all buffers are full: it is told of the client's RST all the same."""
    with relayed() as (_net, client, server):
        client.setblocking(False)  # noqa: FBT003 - the name of the socket module
        full_since = time.monotonic()
        while time.monotonic() - full_since < 0.3:
            with contextlib.suppress(BlockingIOError):
                client.send(bytes(1 << 16))
                full_since = time.monotonic()
            time.sleep(0.001)
        abort(client)
        until = time.monotonic() + GUARD
        while tcp_info(server).state is not TcpState.CLOSE:
            assert time.monotonic() < until, "the server has not been told"
            time.sleep(0.01)


def test_a_direction_is_refused_where_there_is_but_one() -> None:
    """Also when faults are switched live."""
    with (
        simnet.network("simnet: 1\nservices:\n  api: {}\n") as net,
        pytest.raises(simnet.ScenarioError, match="no upstream"),
    ):
        net["api"].set(simnet.reset(direction="to_upstream"))


def test_an_upstream_that_refuses_is_a_reset_to_the_client() -> None:
    """TCP has no other word for it once the client is connected; the trace says why."""
    with socket.socket() as bound:
        bound.bind((HOST, 0))
        text = f"simnet: 1\nservices:\n  link:\n    proxy: {{upstream: '{HOST}:{bound.getsockname()[1]}'}}\n"
        with simnet.network(text) as net:
            at = net["link"].address, net["link"].port
            early = contextlib.suppress(ConnectionResetError)  # the RST can be quicker than the return of connect(2)
            with early, socket.create_connection(at, GUARD) as client:
                assert all_of(client) == (b"", "RST")
            wait_for(net, Closed)
    (dialled,), (closed,) = net.trace.of(Dialled), net.trace.of(Closed)
    assert dialled.errno == "ECONNREFUSED"
    assert (closed.by, closed.how) == ("service", "RST")


def test_an_upstream_that_is_slow_keeps_the_client_waiting() -> None:
    """The client is connected and hears nothing; when it resets meanwhile, the dialling ends too."""
    text = """\
simnet: 1
services:
  real: {faults: [{fault: drop_syn}]}
  link: {proxy: {upstream: real}}
"""
    with simnet.network(text) as net:
        client = socket.create_connection((net["link"].address, net["link"].port), 0.1)
        client.sendall(b"anybody?")
        with pytest.raises(TimeoutError):
            client.recv(1)
        abort(client)
        wait_for(net, Dialled)
        wait_for(net, Closed)
    assert (net.trace.of(Dialled)[0].errno, net.trace.of(Closed)[0].by) == ("ECANCELED", "client")


@pytest.mark.parametrize("direction", ["to_client", "to_upstream"])
@given(
    sizes=st.lists(st.integers(1, 4000), min_size=1, max_size=4),
    after=st.integers(0, 9000),
    kind=st.sampled_from(["reset", "truncate"]),
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_cut_is_exact_in_each_direction(direction: str, sizes: list[int], after: int, kind: str) -> None:
    """Just so many bytes and then the ending, whichever way they go; the other end is told as well."""
    whole = Random(3).randbytes(sum(sizes))
    with relayed(simnet.fault(kind, after=f"{after} B", direction=direction)) as (net, client, server):
        source, sink = (server, client) if direction == "to_client" else (client, server)
        with contextlib.suppress(OSError):  # a reset may reach the source before it has said all
            for at, size in zip([sum(sizes[:n]) for n in range(len(sizes))], sizes, strict=True):
                source.sendall(whole[at : at + size])
            source.shutdown(socket.SHUT_WR)
        found, how = all_of(sink)
        sink.close()
        assert all_of(source)[0] == b""
        source.close()
        wait_for(net, Closed)
        wait_for(net, UpstreamClosed)
    reached = after <= len(whole)
    assert (found, how) == (whole[:after], "RST" if reached and kind == "reset" else "FIN")
    assert [proof.evidence["bytes_before"] for proof in net.trace.of(Applied)] == [after] * reached


def test_several_faults_at_once_lose_nothing() -> None:
    """Late and narrow one way, sliced and silent for a time the other: every byte comes, in order, and all are proven."""
    faults = [
        simnet.latency(delay="20ms", jitter="10ms"),
        simnet.bandwidth(rate="2 MB/s"),
        simnet.drip(size="9 kB", every="5ms", direction="to_upstream"),
        simnet.stall(after="12 kB", for_="50ms", direction="to_upstream"),
        simnet.packet_loss(loss="3%", direction="to_upstream", required=False),
    ]
    up, down = Random(1).randbytes(40_000), Random(2).randbytes(60_000)
    with relayed(*faults) as (net, client, server):
        client.sendall(up)
        client.shutdown(socket.SHUT_WR)
        server.sendall(down)
        server.shutdown(socket.SHUT_WR)
        assert all_of(server) == (up, "FIN")
        assert all_of(client) == (down, "FIN")
        client.close()
        server.close()
        wait_for(net, Closed)
        wait_for(net, UpstreamClosed)
    targets = {(proof.kind, proof.target) for proof in net.trace.of(Applied)} - {
        ("packet_loss", "connection 1 to its upstream")
    }
    here, there = "connection 1", "connection 1 to its upstream"
    assert targets == {("latency", here), ("bandwidth", here), ("drip", there), ("stall", there)}


@pytest.mark.parametrize("direction", ["to_client", "to_upstream"])
def test_a_black_hole_strikes_the_connection_it_is_meant_for(direction: str) -> None:
    """What that end sends is dropped by the kernel, and counted there; the other end is simply not answered."""
    with relayed(simnet.black_hole(after="4 B", direction=direction)) as (net, client, server):
        source, sink = (server, client) if direction == "to_client" else (client, server)
        source.sendall(b"word, and more")
        assert sink.recv(99) == b"word"
        until = time.monotonic() + GUARD
        while not net.trace.of(Applied) and time.monotonic() < until:
            sink.sendall(b"into the hole")
            time.sleep(0.01)
    (proof,) = net.trace.of(Applied)
    assert proof.evidence["min_ttl"] == 255
    assert int(proof.evidence["segments_dropped"]) >= 1


@pytest.mark.parametrize("late", [False, True])
def test_ten_thousand_small_messages_are_intact(late: bool) -> None:  # noqa: FBT001
    """Each of its own size, all in order, through the fast path and through the pipe of a late one; and 64 MB in bulk."""
    sizes = Random(5).choices(range(1, 64), k=10_000)
    messages = [Random(size).randbytes(size) for size in sizes]
    bulk = Random(6).randbytes(1 << 20)
    with relayed(*([simnet.latency(delay="1ms")] if late else [])) as (_net, client, server):
        digest, due = hashlib.sha256(), hashlib.sha256()

        def send() -> None:
            for message in messages:
                server.sendall(message)
            for _ in range(4 if late else 64):
                server.sendall(bulk)
            server.shutdown(socket.SHUT_WR)

        sender = threading.Thread(target=send)
        sender.start()
        while data := client.recv(1 << 18):
            digest.update(data)
        sender.join(GUARD)
        for piece in (*messages, *[bulk] * (4 if late else 64)):
            due.update(piece)
        assert digest.digest() == due.digest()
