"""Faults of the reply: what the client gets, and the proof."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.trace.events import Closed

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet, Proofs

ADDRESSES = ["127.93.1.3:7107", pytest.param("[::1]:7109", id="ipv6")]


def test_latency_is_never_less_than_asked(one_service: MakeNet, client: type[Client], applied: Proofs) -> None:
    """`latency` lets the reply arrive no sooner than its delay, whole."""
    with one_service(simnet.latency(delay="150ms")) as net:
        met = client().meet(net["api"])
        assert met.received == b"hello, world\n"
        assert met.seconds >= 0.15
    assert applied(net)[0].kind == "latency"


def test_bandwidth_takes_the_time_that_the_rate_says(one_service: MakeNet, client: type[Client], applied: Proofs) -> None:
    """`bandwidth` at 40 kB/s needs at least 0.4 s for the last 16 kB of 20 kB, and loses nothing."""
    payload = bytes(range(250)) * 80
    with one_service(simnet.bandwidth(rate="40 kB/s")) as net:
        met = client(send=payload, read=len(payload)).meet(net["api"])
        assert met.received == payload
        assert met.seconds >= 0.4
    assert applied(net)[0].kind == "bandwidth"


def test_drip_sends_every_piece_by_itself(one_service: MakeNet, client: type[Client], applied: Proofs) -> None:
    """`drip` of 5 bytes every 60 ms takes two pauses for 13 bytes, and loses nothing."""
    with one_service(simnet.drip(size="5 B", every="60ms")) as net:
        met = client().meet(net["api"])
        assert met.received == b"hello, world\n"
        assert met.seconds >= 0.12
    assert applied(net)[0].kind == "drip"


@pytest.mark.parametrize("at", ADDRESSES)
def test_stall_falls_silent_after_so_many_bytes(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`stall` gives the first bytes and then nothing, while the connection stays up."""
    with one_service(simnet.stall(after="5 B"), at=at) as net:
        met = client(patience=0.5).meet(net["api"])
        assert (met.what, met.received) == ("timed out", b"hello")
    (proof,) = applied(net)
    assert (proof.kind, proof.target) == ("stall", "connection 1")


def test_stall_for_a_time_goes_on_afterwards(one_service: MakeNet, client: type[Client]) -> None:
    """`stall` with `for` lets the rest follow."""
    with one_service(simnet.stall(after="5 B", for_="200ms")) as net:
        met = client().meet(net["api"])
        assert met.received == b"hello, world\n"
        assert met.seconds >= 0.2


@pytest.mark.parametrize("at", ADDRESSES)
def test_truncate_is_a_fin_after_exactly_so_many_bytes(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`truncate` ends the reply with FIN: the client reads those bytes and then the end."""
    with one_service(simnet.truncate(after="5 B"), at=at) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("", b"hello")
    assert applied(net)[0].kind == "truncate"
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how, closed.bytes_out) == ("service", "FIN", 5)


@pytest.mark.parametrize("at", ADDRESSES)
def test_reset_is_a_rst_after_exactly_so_many_bytes(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`reset` ends the reply with RST: the client reads those bytes and then gets ECONNRESET."""
    with one_service(simnet.reset(after="5 B"), at=at) as net:
        met = client().meet(net["api"])
        assert (met.what, met.received) == ("ECONNRESET", b"hello")
    assert applied(net)[0].kind == "reset"
    (closed,) = net.trace.of(Closed)
    assert (closed.by, closed.how, closed.bytes_out) == ("service", "RST", 5)


@pytest.mark.parametrize("at", ADDRESSES)
def test_black_hole_acknowledges_nothing_any_more(
    one_service: MakeNet, client: type[Client], applied: Proofs, at: str
) -> None:
    """`black_hole` drops the client's segments: it hears nothing, and its kernel has to send again."""
    with one_service(simnet.black_hole(), at=at) as net:
        met = client(patience=0.7).meet(net["api"])
        assert (met.what, met.received) == ("timed out", b"")
    assert applied(net)[0].kind == "black_hole"


def test_packet_loss_loses_segments_and_no_bytes(one_service: MakeNet, client: type[Client], applied: Proofs) -> None:
    """`packet_loss` makes the client's kernel retransmit, and every byte arrives in the end."""
    payload = bytes(range(256)) * 400
    with one_service(simnet.packet_loss(loss="40%")) as net:
        for _ in range(20):
            assert client(send=payload, read=len(payload)).meet(net["api"]).received == payload
            if applied(net, 0):
                break
    assert applied(net)[0].kind == "packet_loss"
