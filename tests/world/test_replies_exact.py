"""What a reply loses, keeps and takes: exact for every size, cut and pace."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.trace.events import Applied, Closed

SERVICES = "simnet: 1\nservices: {echo: {}, six: {at: '[::1]'}}\n"
SIZES = st.one_of(st.integers(1, 300), st.integers(60_000, 200_000))


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back, and how it ended: "EOF", an errno's name or "silence"."""

    received: bytes
    end: str


def converse(service: simnet.ServiceHandle, data: bytes, patience: float = 20) -> Heard:
    """Send `data` in a thread's stead, piece by piece, and read until the end."""
    family = socket.AF_INET6 if ":" in service.address else socket.AF_INET
    received = b""
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(patience)
        sock.connect((service.address, service.port))
        try:
            for at in range(0, len(data), 4096):
                sock.sendall(data[at : at + 4096])
            while piece := sock.recv(65536):
                received += piece
        except TimeoutError:
            return Heard(received, "silence")
        except ConnectionResetError:
            return Heard(received, "ECONNRESET")
        return Heard(received, "EOF")


@pytest.fixture(scope="module")
def net() -> Iterator[simnet.World]:
    """One network for all examples; faults are switched live."""
    with simnet.network(SERVICES) as running:
        yield running


def content(size: int) -> bytes:
    """So many bytes, none of which looks like its neighbour."""
    return bytes((at * 7 + at // 256) % 256 for at in range(size))


@settings(max_examples=40, deadline=None)
@given(size=SIZES, share=st.floats(0, 1), six=st.booleans())
def test_a_truncated_reply_has_exactly_the_bytes_before_the_fin(
    net: simnet.World, size: int, share: float, *, six: bool
) -> None:
    """The client reads exactly `after` bytes and then the end of the stream, however long the reply would have been."""
    after = int(size * share)
    service = net["six" if six else "echo"]
    service.set(simnet.truncate(after=f"{after} B"))
    assert converse(service, content(size)) == Heard(
        content(size)[:after], "EOF"
    )  # never a RST, also if the client was still sending


@settings(max_examples=40, deadline=None)
@given(size=st.integers(1, 4000), share=st.floats(0, 1), six=st.booleans())
def test_a_reset_reply_has_exactly_the_bytes_before_the_rst(
    net: simnet.World, size: int, share: float, *, six: bool
) -> None:
    """The client reads exactly `after` bytes and then gets ECONNRESET."""
    after = int(size * share)
    service = net["six" if six else "echo"]
    service.set(simnet.reset(after=f"{after} B"))
    assert converse(service, content(size)) == Heard(content(size)[:after], "ECONNRESET")


@settings(max_examples=10, deadline=None)
@given(size=st.integers(1, 2000), share=st.floats(0, 1))
def test_a_stalled_reply_has_exactly_the_bytes_before_the_silence(net: simnet.World, size: int, share: float) -> None:
    """The client reads exactly `after` bytes and then nothing, and no end either."""
    after = int(size * share)
    net["echo"].set(simnet.stall(after=f"{after} B"))
    assert converse(net["echo"], content(size), patience=0.15) == Heard(content(size)[:after], "silence")


@settings(max_examples=15, deadline=None)
@given(size=st.integers(1, 3000), data=st.data())
def test_shaped_replies_lose_nothing_and_keep_their_order(net: simnet.World, size: int, data: st.DataObject) -> None:
    """Late, narrow and dripping replies together arrive whole and in order."""
    faults = data.draw(
        st.lists(
            st.sampled_from(
                [
                    simnet.latency(delay="10ms", jitter="10ms"),
                    simnet.bandwidth(rate="100 KiB/s"),
                    simnet.drip(size="997 B", every="3ms"),
                    simnet.stall(after="100 B", for_="10ms"),
                ]
            ),
            unique_by=lambda fault: fault.kind,
        )
    )
    net["echo"].set(*faults, simnet.truncate(after=f"{size} B"))
    assert converse(net["echo"], content(size)) == Heard(content(size), "EOF")


def test_jitter_never_puts_a_later_piece_before_an_earlier_one(net: simnet.World) -> None:
    """With a jitter as long as the delay, pieces still arrive in the order in which they were sent."""
    service = net["echo"]
    service.set(simnet.latency(delay="20ms", jitter="20ms"))
    with socket.create_connection((service.address, service.port), timeout=20) as sock:
        sent = b""
        for number in range(50):
            piece = b"%03d," % number
            sent += piece
            sock.sendall(piece)
        received = b""
        while len(received) < len(sent):
            received += sock.recv(65536)
    assert received == sent


def test_a_stall_of_some_requests_leaves_the_others_alone() -> None:
    """`requests: 2` strikes the second request of the service, whichever connection it comes on, and no other."""
    text = "simnet: 1\nservices: {api: {speaks: http, faults: [{fault: truncate, after: 5 B, when: {requests: 2}}]}}\n"
    request = b"GET / HTTP/1.1\r\nHost: simnet\r\n\r\n"
    with simnet.network(text) as running:
        address = running["api"].address, running["api"].port
        with (
            socket.create_connection(address, timeout=20) as first,
            socket.create_connection(address, timeout=20) as other,
        ):
            first.sendall(request)
            assert first.recv(65536).endswith(b"hello from simnet\n")
            other.sendall(request)
            assert other.recv(65536) == b"HTTP/"
            assert other.recv(65536) == b""
            first.sendall(request)
            assert first.recv(65536).endswith(b"hello from simnet\n")
    (proof,) = running.trace.of(Applied)
    assert proof.target == "request 2"
    simnet.verify(running)


def test_who_closed_and_how_is_told() -> None:
    """The trace tells a client's FIN from its RST, and counts the bytes both ways."""
    with simnet.network(SERVICES) as net:
        for number, reset in enumerate((False, True), 1):
            assert converse_and_close(net["echo"], reset=reset) == b"hello"
            while len(net.trace.of(Closed)) < number:
                assert net.elapsed() < 100
    fin, rst = net.trace.of(Closed)
    assert (fin.by, fin.how, fin.bytes_in, fin.bytes_out) == ("client", "FIN", 5, 5)
    assert (rst.by, rst.how, rst.bytes_in, rst.bytes_out) == ("client", "RST", 5, 5)


def converse_and_close(service: simnet.ServiceHandle, *, reset: bool) -> bytes:
    """Exchange five bytes, then close with FIN or RST."""
    with socket.create_connection((service.address, service.port), timeout=20) as sock:
        sock.sendall(b"hello")
        received = sock.recv(5)
        if reset:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    return received
