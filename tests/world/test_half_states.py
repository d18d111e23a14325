"""Connections of which one half is left: half-closed, half-open, closed late, and uploads that nobody reads."""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.scenario import ServiceSpec
from simnet.services.contract import Tls
from simnet.trace.events import Applied, BytesIn, Closed
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.tcp_info import TcpState, tcp_info

if TYPE_CHECKING:
    from tests.world.conftest import MakeNet, Proofs

PATIENCE = 20.0
ADDRESSES = ["127.94.2.1:7301", pytest.param("[::1]:7301", id="ipv6")]


def dial(net: simnet.World) -> socket.socket:
    """A connected client."""
    return socket.create_connection((net["api"].address, net["api"].port), PATIENCE)


def take(client: socket.socket, size: int) -> bytes:
    """So many bytes."""
    found = b""
    while len(found) < size:
        data = client.recv(size - len(found))
        assert data, "the end came too soon"
        found += data
    return found


def until(net: simnet.World, count: int) -> None:
    """Wait until the service has read so many bytes in all."""
    end = time.monotonic() + PATIENCE
    while sum(event.count for event in net.trace.of(BytesIn)) < count and time.monotonic() < end:
        time.sleep(0.002)
    assert sum(event.count for event in net.trace.of(BytesIn)) >= count


def call_in_vain(net: simnet.World, client: socket.socket) -> None:
    """Send a byte now and then, until the service's kernel has dropped one: then the proof is there."""
    end = time.monotonic() + PATIENCE
    while not net.trace.of(Applied) and time.monotonic() < end:
        client.send(b"?")
        time.sleep(0.01)


@pytest.mark.parametrize("at", ADDRESSES)
@pytest.mark.parametrize("after", [None, 0, 3])
def test_half_close_ends_one_half(one_service: MakeNet, applied: Proofs, at: str, after: int | None) -> None:
    """`half_close`: the reply, or so many bytes of it, then FIN; what the client sends is still read and acknowledged."""
    fault = simnet.half_close() if after is None else simnet.half_close(after=f"{after} B")
    with one_service(fault, at=at) as net, dial(net) as client:
        client.sendall(b"hello")
        assert take(client, 5 if after is None else after) == b"hello"[:after]
        assert client.recv(9) == b""
        for _ in range(5):
            client.sendall(bytes(1000))
        until(net, 5005)
        (proof,) = applied(net)
        assert tcp_info(client).state is TcpState.CLOSE_WAIT
        assert tcp_info(client).unacked == 0
        client.shutdown(socket.SHUT_WR)
    assert (proof.evidence["sent"], proof.evidence["client_tcp_state"]) == ("FIN", "CLOSE_WAIT")
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how, closed.bytes_in) == ("service", "FIN", 5005)


def test_half_close_of_tls_is_announced() -> None:
    """With TLS the FIN follows a close_notify, and the client's half of TLS goes on."""
    spec = ServiceSpec(tls=Tls(), faults=(simnet.half_close(),))
    with simnet.network(simnet.Scenario(services={"api": spec})) as net:
        context = ssl.create_default_context(cafile=net.ca_file)
        with context.wrap_socket(dial(net), server_hostname=net["api"].address, suppress_ragged_eofs=False) as client:
            client.sendall(b"hello")
            assert take(client, 5) == b"hello"
            assert client.recv(9) == b""
            read = sum(event.count for event in net.trace.of(BytesIn))
            client.sendall(bytes(1000))
            until(net, read + 1000)


@pytest.mark.parametrize("at", ADDRESSES)
def test_half_open_is_a_peer_that_has_vanished(one_service: MakeNet, applied: Proofs, at: str) -> None:
    """`half_open`: after the reply nothing is acknowledged, nothing comes, and the client's socket is as it was."""
    with one_service(simnet.half_open(), at=at) as net, dial(net) as client:
        client.sendall(b"hello")
        assert take(client, 5) == b"hello"
        call_in_vain(net, client)
        (proof,) = applied(net)
        client.settimeout(0.25)
        with pytest.raises(TimeoutError):
            client.recv(9)
        end = time.monotonic() + PATIENCE
        while not tcp_info(client).total_retransmits and time.monotonic() < end:
            time.sleep(0.005)  # its kernel sends again after 200 ms at the earliest (TCP_RTO_MIN)
        info = tcp_info(client)
        assert info.state is TcpState.ESTABLISHED
        assert (info.unacked > 0, info.total_retransmits > 0) == (True, True)
        with dial(net) as other:
            other.sendall(b"new")
            assert take(other, 3) == b"new"
    assert (proof.evidence["bytes_before"], proof.evidence["by"]) == (5, "TCP_MD5SIG")


def test_half_open_leaves_no_socket_and_sends_no_end(one_service: MakeNet, applied: Proofs) -> None:
    """When the world ends the kernel keeps nothing of ours, and the client has heard neither FIN nor RST."""
    with contextlib.ExitStack() as stack, SockDiag() as diag:
        with one_service(simnet.half_open()) as net:
            client = stack.enter_context(dial(net))
            client.sendall(b"hello")
            assert take(client, 5) == b"hello"
            call_in_vain(net, client)
            applied(net)
            ours, theirs = client.getpeername(), client.getsockname()
            assert diag.find(ours, theirs) is not None
        assert diag.find(ours, theirs) is None
        assert tcp_info(client).state is TcpState.ESTABLISHED
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how) == ("service", "unseen")


@pytest.mark.parametrize("speaks", ["echo", "http"])
def test_a_late_reply_is_whole_before_the_half_close(one_service: MakeNet, applied: Proofs, speaks: str) -> None:
    """With `latency` the FIN waits for the reply that is still on its way."""
    with one_service(simnet.latency(delay="50ms"), simnet.half_close(), speaks=speaks) as net, dial(net) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        received = b"".join(iter(lambda: client.recv(9000), b""))
        applied(net)
    assert received.endswith(b"hello from simnet\n" if speaks == "http" else b"\r\n\r\n")


def test_slow_close_keeps_the_client_waiting(one_service: MakeNet, applied: Proofs) -> None:
    """`slow_close`: the client that has closed its half waits in FIN_WAIT2 for the end of the reply."""
    with one_service(simnet.slow_close(delay="200ms")) as net, dial(net) as client:
        client.sendall(b"hello")
        assert take(client, 5) == b"hello"
        began = time.monotonic()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(9) == b""
        assert time.monotonic() - began >= 0.19
        (proof,) = applied(net)
    assert proof.evidence["client_tcp_state"] == "FIN_WAIT2"
    assert float(proof.evidence["seconds"]) >= 0.2


@pytest.mark.parametrize("at", ADDRESSES)
def test_stop_reading_blocks_the_clients_writes(one_service: MakeNet, applied: Proofs, at: str) -> None:
    """`stop_reading`: so many bytes are read, the window is zero, and the client cannot send what it has."""
    with one_service(simnet.stop_reading(after="100 B"), at=at) as net, dial(net) as client:
        client.settimeout(0.5)
        with pytest.raises(TimeoutError):
            client.sendall(bytes(16_000_000))
        (proof,) = applied(net)
        assert tcp_info(client).notsent_bytes > 0
        assert tcp_info(client).unacked == 0
    assert (proof.evidence["bytes_read"], proof.evidence["zero_window"]) == (100, True)
    assert int(proof.evidence["client_not_sent"]) > 0
    assert sum(event.count for event in net.trace.of(BytesIn)) == 100


def test_stop_reading_for_a_time_loses_nothing(one_service: MakeNet, applied: Proofs) -> None:
    """`stop_reading` with `for` reads on afterwards, and every byte comes back."""
    data = bytes(range(256)) * 4000
    with one_service(simnet.stop_reading(for_="200ms")) as net:
        began, sent, received = time.monotonic(), 0, b""
        client = dial(net)
        client.setblocking(False)  # noqa: FBT003 - the name of the socket module
        while len(received) < len(data):
            with contextlib.suppress(BlockingIOError):
                sent += client.send(data[sent:]) if sent < len(data) else 0
            with contextlib.suppress(BlockingIOError):
                received += client.recv(65536)
            assert time.monotonic() - began < PATIENCE
        assert received == data
        assert time.monotonic() - began >= 0.2
        client.close()
        applied(net)


def test_read_slowly_keeps_the_rate(one_service: MakeNet, applied: Proofs) -> None:
    """`read_slowly` at 20 kB/s needs at least 0.3 s for 6 kB, and loses nothing."""
    data = bytes(range(250)) * 24
    with one_service(simnet.read_slowly(rate="20 kB/s")) as net:
        with dial(net) as client:
            began = time.monotonic()
            client.sendall(data)
            assert take(client, len(data)) == data
            assert time.monotonic() - began >= 0.28
        (proof,) = applied(net)
    assert proof.evidence["bytes_read"] == 6000
    assert float(proof.evidence["seconds"]) >= 0.28


def test_a_client_that_sends_nothing_is_not_struck(one_service: MakeNet) -> None:
    """Where there is nothing to read, `stop_reading` has not been reached."""
    with one_service(simnet.stop_reading()) as net, dial(net):
        pass
    assert not net.trace.of(Applied)
