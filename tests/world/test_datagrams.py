"""UDP in the world: what arrives, what comes back, and the proof, on real sockets."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import make_plan
from simnet.scenario import ServiceSpec
from simnet.services.udp_echo import UdpEcho
from simnet.trace.events import Applied, DatagramIn, DatagramOut, Failed
from simnet.values import Endpoint
from simnet.verdicts.datagram import Duplicate, LoseDatagram

GUARD = 20.0
"""Seconds for what must come, on a machine under load."""

QUIET = 0.25
"""Seconds of nothing, after all that is due has come, that stand for nothing more."""


def scenario(*faults: simnet.Fault, at: str | None = None, seed: int = 1) -> simnet.Scenario:
    """One UDP service that fails so."""
    where = None if at is None else Endpoint.parse(at)
    return simnet.Scenario(services={"ping": ServiceSpec(at=where, speaks=UdpEcho(), faults=faults)}, seed=seed)


@contextlib.contextmanager
def client(service: simnet.ServiceHandle) -> Iterator[socket.socket]:
    """A plain UDP socket, connected, so that an ICMP error would be seen."""
    family = socket.AF_INET6 if ":" in service.address else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(GUARD)
        sock.connect((service.address, service.port))
        yield sock


def burst(service: simnet.ServiceHandle, count: int, due: int) -> list[int]:
    """Send so many numbered datagrams at once; those that come back: as many as are due, and what else there is."""
    with client(service) as sock:
        for number in range(1, count + 1):
            sock.send(b"%d" % number)
        came = [int(sock.recv(100)) for _ in range(due)]
        sock.settimeout(QUIET)
        with contextlib.suppress(TimeoutError):
            while True:
                came.append(int(sock.recv(100)))
    return came


@pytest.mark.parametrize("at", [None, pytest.param("[::1]", id="ipv6")])
def test_each_datagram_comes_back_and_is_counted(at: str | None) -> None:
    """Datagrams are requests, numbered in the order in which the kernel gave them, with whose they are."""
    with simnet.network(scenario(at=at)) as net:
        assert burst(net["ping"], 3, 3) == [1, 2, 3]
        assert (net["ping"].requests, net["ping"].attempts, net["ping"].connections) == (3, 0, 0)
    assert [(event.request, event.count) for event in net.trace.of(DatagramIn)] == [(1, 1), (2, 1), (3, 1)]
    assert {event.client for event in net.trace.of(DatagramIn)} == {event.client for event in net.trace.of(DatagramOut)}
    assert net.trace.requests("ping") == 3


def test_its_port_is_of_udp_alone() -> None:
    """Nobody listens for TCP: the kernel refuses, and nothing is counted."""
    with simnet.network(scenario()) as net:
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((net["ping"].address, net["ping"].port), timeout=GUARD)
        assert net["ping"].door == "released"
    assert net.trace.attempts() == 0


def test_a_port_that_is_held_is_said_to_be() -> None:
    """Another program's UDP socket at the address is an error before anything is served."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.93.60.1", 7007))
        held = simnet.network(scenario(at="127.93.60.1:7007"))
        with pytest.raises(simnet.AddressInUseError, match=r"UDP 127\.93\.60\.1:7007 is held by another program"):
            held.__enter__()


@pytest.mark.parametrize(("direction", "arrived", "left"), [("to_service", 3, 2), ("to_client", 3, 2)])
def test_exactly_the_second_is_lost(direction: str, arrived: int, left: int) -> None:
    """Its kernel delivered it all the same, no answer left, and the trace says who lost it."""
    with simnet.network(scenario(simnet.datagram_loss(direction=direction, when={"requests": 2}))) as net:
        assert burst(net["ping"], 3, 2) == [1, 3]
    assert (len(net.trace.of(DatagramIn)), len(net.trace.of(DatagramOut))) == (arrived, left)
    (proof,) = net.trace.of(Applied)
    assert proof.target == "datagram 2"
    assert proof.evidence["direction"] == direction
    assert str(proof.evidence["lost"]).startswith("by simnet, ")
    simnet.verify(net)


@pytest.mark.parametrize("direction", ["to_service", "to_client"])
def test_exactly_the_second_comes_three_times(direction: str) -> None:
    """Two copies more: what the service does for each is the same, so the client sees no difference of direction."""
    with simnet.network(scenario(simnet.datagram_duplicate(copies=2, direction=direction, when={"requests": 2}))) as net:
        assert burst(net["ping"], 3, 5) == [1, 2, 2, 2, 3]
    assert net.trace.of(Applied)[0].evidence["times"] == 3


def test_the_second_is_overtaken_by_two() -> None:
    """It is held until they have gone, and no longer."""
    with simnet.network(scenario(simnet.datagram_reorder(behind=2, when={"requests": 2}))) as net:
        came = burst(net["ping"], 5, 5)
    assert came.index(2) > max(came.index(3), came.index(4))
    assert sorted(came) == [1, 2, 3, 4, 5]
    overtaken = net.trace.of(Applied)[0].evidence["overtaken_by"]
    assert isinstance(overtaken, int)
    assert overtaken >= 2


def test_nobody_came_to_overtake_it() -> None:
    """It goes on its way in the end, and the fault is said to have failed."""
    with simnet.network(scenario(simnet.datagram_reorder(within="50ms"))) as net:
        assert burst(net["ping"], 1, 1) == [1]
    (failed,) = net.trace.of(Failed)
    assert failed.why == "0 of 1 later datagrams came within 0.05 s to overtake it"
    with pytest.raises(simnet.ExpectationError, match="datagram_reorder"):
        simnet.verify(net)


def test_a_late_one_lets_the_others_pass() -> None:
    """The delay is never shorter than said, and holds up nobody else."""
    with simnet.network(scenario(simnet.datagram_delay(delay="150ms", when={"requests": 1}))) as net:
        began = time.monotonic()
        assert burst(net["ping"], 3, 3) == [2, 3, 1]
        assert time.monotonic() - began >= 0.15
    took = net.trace.of(Applied)[0].evidence["seconds"]
    assert isinstance(took, float)
    assert took >= 0.15


@given(seed=st.integers(0, 2**32))
@settings(deadline=None, max_examples=8)
def test_what_is_left_to_chance_is_what_the_seed_draws(seed: int) -> None:
    """Which of twenty are lost or doubled is known from the plan before anything is sent."""
    faults = simnet.datagram_loss(when={"chance": "30%"}), simnet.datagram_duplicate(when={"chance": "30%"})
    made = scenario(*faults, seed=seed)
    plan = make_plan(made, DRY_LEASE).services[0]
    due: list[int] = []
    for number in range(1, 21):
        met = {type(chosen.verdict) for chosen in plan.datagram(number, 0)}
        due += [] if LoseDatagram in met else [number] * (2 if Duplicate in met else 1)
    with simnet.network(made) as net, client(net["ping"]) as sock:
        for number in range(1, 21):
            sock.send(b"%d" % number)
        assert [int(sock.recv(100)) for _ in due] == due
    assert len(net.trace.of(DatagramOut)) == len(due)


def test_faults_are_switched_live() -> None:
    """Datagrams go on being counted from where they are."""
    with simnet.network(scenario()) as net, client(net["ping"]) as sock:
        sock.send(b"1")
        assert sock.recv(100) == b"1"
        net["ping"].set(simnet.datagram_duplicate(when={"requests": 2}))
        sock.send(b"2")
        assert [sock.recv(100), sock.recv(100)] == [b"2", b"2"]
        with pytest.raises(simnet.ScenarioError, match="`latency` can never strike `ping`, which speaks udp_echo"):
            net["ping"].set(simnet.latency(delay="1s"))


def test_nothing_of_it_is_left() -> None:
    """When the network is down its port is free, and a datagram to it draws an ICMP error."""
    with simnet.network(scenario(at="127.93.60.2:7008")):
        pass
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(GUARD)
        sock.connect(("127.93.60.2", 7008))
        sock.send(b"x")
        with pytest.raises(ConnectionRefusedError):
            sock.recv(1)
