"""Packet loss: the seed says when, the kernel drops, TCP repairs."""

from __future__ import annotations

import itertools
import socket
import struct
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.trace.events import Applied, Closed, NotReached
from simnet.verdicts.reply import Lose
from simnet.world.loss import LONGEST, stretches

GUARD = 30


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(), chance=st.floats(0, 1))
def test_each_slot_is_drawn_once_from_the_seed(seed: int, chance: float) -> None:
    """The stretches, taken apart, are the slots that the seed draws one by one; none is longer than it may be."""
    found = list(itertools.islice(stretches(Lose(chance, Random(seed))), 30))
    assert all(1 <= slots <= LONGEST for _, slots in found)
    apart = [lossy for lossy, slots in found for _ in range(slots)]
    draw = Random(seed)
    assert apart == [draw.random() < chance for _ in apart]


@pytest.mark.parametrize("where", ["127.93.41.1", pytest.param("[::1]", id="ipv6")])
def test_all_bytes_arrive_and_the_kernel_has_counted_drops(where: str) -> None:
    """Under loss the client's kernel sends again until all is there; the proof counts what ours has dropped."""
    text = f"simnet: 1\nservices: {{api: {{at: '{where}', faults: [{{fault: packet_loss, loss: 20%}}]}}}}\n"
    payload = Random(3).randbytes(20_000)
    with simnet.network(text) as net:
        while not list(net.trace.of(Applied)):
            assert net.elapsed() < GUARD
            assert exchange(net["api"], payload) == payload
    proof = next(iter(net.trace.of(Applied)))
    assert proof.kind == "packet_loss"
    assert proof.evidence["by"] == "IP_MINTTL"
    assert int(proof.evidence["segments_dropped"]) >= 1


def test_where_nothing_was_dropped_nothing_is_claimed() -> None:
    """A lossy service to which no client comes is not said to have lost anything."""
    with simnet.network("simnet: 1\nservices: {api: {faults: [{fault: packet_loss, loss: 50%}]}}\n") as net:
        pass
    assert [event.kind for event in net.trace.of(NotReached)] == ["packet_loss"]


@pytest.mark.parametrize(
    "ending", [simnet.truncate(after="5 B"), simnet.reset(after="5 B")], ids=lambda fault: fault.kind
)
def test_loss_goes_with_every_other_fault_of_the_reply(ending: simnet.Fault) -> None:
    """Late, lossy connections that are cut, thirty in a row: the loss ends with the socket and the network lives on."""
    with simnet.network("simnet: 1\nservices: {api: {}}\n") as net:
        net["api"].set(simnet.latency(delay="3ms"), simnet.packet_loss(loss="3%"), ending)
        for _ in range(30):
            assert exchange(net["api"], b"hello, world") == b"hello"
    proofs = sorted(proof.target for proof in net.trace.of(Applied) if proof.kind == ending.kind)
    assert proofs == sorted(f"connection {number}" for number in range(1, 31))
    assert len(net.trace.of(Closed)) == 30


def test_loss_does_not_end_a_black_hole() -> None:
    """While a lossy connection is a black hole nothing passes, whatever the slots say; afterwards everything does."""
    with simnet.network("simnet: 1\nservices: {api: {}}\n") as net:
        net["api"].set(simnet.black_hole(for_="500ms"), simnet.packet_loss(loss="20%"))
        before = net.elapsed()
        assert exchange(net["api"], b"hello, world") == b"hello, world"
        assert net.elapsed() - before >= 0.5


def exchange(service: simnet.ServiceHandle, data: bytes) -> bytes:
    """Send, and read as much, or to the end; then leave with a RST, so that no FIN is lost as well."""
    received = b""
    with socket.create_connection((service.address, service.port), timeout=GUARD) as sock:
        sock.sendall(data)
        try:
            while len(received) < len(data) and (piece := sock.recv(65536)):
                received += piece
        except ConnectionResetError:
            pass
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return received
