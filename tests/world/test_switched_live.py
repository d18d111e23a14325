"""Faults switched live: those who wait already meet the new ones, and nobody is counted twice."""

from __future__ import annotations

import math
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

import simnet
from simnet.trace.events import Accepted, Applied, Attempt, AttemptOver, Failed

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet, RunPython

UNANSWERED = {
    "backlog_full": simnet.backlog_full(),
    "drop_syn": simnet.drop_syn(),
    "slow_handshake": simnet.slow_handshake(delay="60s"),
    "syn_loss": simnet.syn_loss(lose=6),
}
KEEPS_WAITING = UNANSWERED | {"fd_exhausted": simnet.fd_exhausted(), "slow_accept": simnet.slow_accept(delay="60s")}
KINDS = KEEPS_WAITING | {"refuse": simnet.refuse(), "reset_at_accept": simnet.reset_at_accept()}

CONNECT = """
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=20) as sock:
    sock.sendall(b"x")
    print(sock.recv(1))
"""


def until_somebody_waits(net: simnet.World, kind: str) -> None:
    """Until the fault has struck, where that is said at once, or until its client has come."""
    event = Attempt if kind in {"slow_handshake", "syn_loss", "slow_accept"} else Applied
    until = time.monotonic() + 20
    while not net.trace.of(event) and time.monotonic() < until:
        time.sleep(0.005)


@pytest.mark.parametrize("kind", KEEPS_WAITING)
def test_who_waits_is_served_when_the_faults_are_cleared(one_service: MakeNet, client: type[Client], kind: str) -> None:
    """`clear` opens the door at once; who waited at it is let in by his next SYN, and is the same attempt."""
    with one_service(KEEPS_WAITING[kind]) as net, ThreadPoolExecutor() as threads:
        api = net["api"]
        waiting = threads.submit(client().meet, api)
        until_somebody_waits(net, kind)
        api.clear()
        assert api.door == "open"
        assert waiting.result().received == b"hello, world\n"
        assert (api.attempts, api.connections) == (1, 1)
    assert [accepted.attempt for accepted in net.trace.of(Accepted)] == [1]
    assert not net.trace.of(Failed)


@pytest.mark.parametrize("kind", KEEPS_WAITING)
def test_who_comes_afterwards_is_served_though_another_waits(
    one_service: MakeNet, client: type[Client], kind: str
) -> None:
    """A client that comes after `clear` need not wait for one that came before it."""
    with one_service(KEEPS_WAITING[kind]) as net, ThreadPoolExecutor() as threads:
        api = net["api"]
        waiting = threads.submit(client().meet, api)
        until_somebody_waits(net, kind)
        api.clear()
        assert client().meet(api).received == b"hello, world\n"
        assert waiting.result().received == b"hello, world\n"
        assert (api.attempts, api.connections) == (2, 2)


@pytest.mark.parametrize("kind", ["backlog_full", "drop_syn"])
def test_who_waits_is_refused_when_that_is_set(one_service: MakeNet, client: type[Client], kind: str) -> None:
    """A client whose SYN went unanswered meets with the next one what is set since then, and both have their proof."""
    with one_service(UNANSWERED[kind]) as net, ThreadPoolExecutor() as threads:
        waiting = threads.submit(client().meet, net["api"])
        until_somebody_waits(net, kind)
        net["api"].set(simnet.refuse())
        assert waiting.result().what == "ECONNREFUSED"
    assert [over.outcome for over in net.trace.of(AttemptOver)] == ["refused"]
    assert [(e.target, e.kind) for e in net.trace.of(Applied)] == [("attempt 1", kind), ("attempt 1", "refuse")]
    simnet.verify(net)


@pytest.mark.parametrize("kind", ["reset_at_accept", "slow_accept", "fd_exhausted"])
def test_a_connection_that_lasts_is_not_counted_again(one_service: MakeNet, client: type[Client], kind: str) -> None:
    """Who was accepted before any fault was set, and is connected still, is not taken for one who waits to be accepted."""
    with one_service() as net, socket.create_connection((net["api"].address, net["api"].port)) as lasting:
        lasting.sendall(b"x")
        assert lasting.recv(1) == b"x"
        net["api"].set(KINDS[kind])
        with ThreadPoolExecutor() as threads:
            waiting = threads.submit(client().meet, net["api"])
            until_somebody_waits(net, kind)
            net["api"].clear()
            waiting.result()
        assert (net["api"].attempts, net["api"].connections) == (2, 2)


def test_another_program_that_waits_is_counted_once(one_service: MakeNet, in_another_process: RunPython) -> None:
    """A program that nobody announces, seen in SYN_SENT, is known again when it is let in."""
    with one_service(simnet.drop_syn()) as net, ThreadPoolExecutor() as threads:
        waiting = threads.submit(in_another_process, CONNECT, net["api"])
        until_somebody_waits(net, "drop_syn")
        net["api"].clear()
        assert waiting.result().stdout == "b'x'\n"
        assert (net["api"].attempts, net["api"].connections) == (1, 1)


A_CLIENT, A_HASTY_ONE, A_LASTING_ONE, ONE_THAT_LEAVES = "a client", "a hasty one", "a lasting one", "one that leaves"
PATIENCE = {A_CLIENT: math.inf, A_HASTY_ONE: 0.7, A_LASTING_ONE: math.inf, ONE_THAT_LEAVES: math.inf}
FAULTS = {"clear": (), **{kind: (fault,) for kind, fault in KINDS.items()}}
Steps = Sequence[tuple[int, str]]


async def play(steps: Steps) -> tuple[int, list[str], simnet.Trace, int, int]:
    """Do one after the other, with pauses of tenths of seconds; at last take the faults away and wait for all clients."""
    scenario = simnet.load_text("simnet: 1\nservices: {api: {speaks: echo}}\n")
    met: list[str] = []

    async def come(service: simnet.ServiceHandle, who: str) -> None:
        try:
            with trio.fail_after(PATIENCE[who]), trio.socket.socket() as sock:
                await sock.connect((service.address, service.port))
                if who == ONE_THAT_LEAVES:
                    return
                await sock.send(b"x")
                met.append("answered" if await sock.recv(1) else "end of file")
                await trio.sleep(5 * (who == A_LASTING_ONE))
        except (OSError, trio.TooSlowError) as error:
            met.append(type(error).__name__)

    async with simnet.open_world(scenario, network="virtual") as world:
        api = world["api"]
        async with trio.open_nursery() as clients:
            for tenths, what in steps:
                await trio.sleep(tenths / 10)
                if what in PATIENCE:
                    clients.start_soon(come, api, what)
                else:
                    api.set(*FAULTS[what])
            await trio.sleep(4)
            api.clear()
        await trio.sleep(1)
    return sum(what in PATIENCE for _, what in steps), met, world.trace, api.attempts, api.connections


@given(st.lists(st.tuples(st.integers(0, 30), st.sampled_from([*PATIENCE, *FAULTS])), max_size=12))
def test_each_client_is_one_attempt_however_often_the_faults_are_switched(steps: Steps) -> None:
    """In virtual time: clients come and faults are switched at any time; n clients, n attempts, each ends and none is failed."""
    clients, _, trace, attempts, connections = trio.run(play, steps, clock=MockClock(autojump_threshold=0))
    accepted = [one.attempt for one in trace.of(Accepted)]
    assert attempts == clients
    assert sorted(set(accepted)) == sorted(accepted)
    assert len(accepted) == connections
    assert not trace.of(Failed)


@pytest.mark.parametrize("kind", UNANSWERED)
@pytest.mark.parametrize("then", ["clear", "refuse"])
def test_the_next_syn_meets_what_is_set_by_then(kind: str, then: str) -> None:
    """In virtual time: what is set 0.5 s after the first SYN is met by the second, exactly 1 s after the first."""
    steps = [(0, kind), (0, A_CLIENT), (5, then)]
    clients, met, trace, _, _ = trio.run(play, steps, clock=MockClock(autojump_threshold=0))
    assert clients == 1
    assert met == ["ConnectionRefusedError" if then == "refuse" else "answered"]
    first, last = trace.of(Attempt)[0].t, trace.of(AttemptOver)[0].t
    assert last - first == 1
    assert trace.of(AttemptOver)[0].outcome == ("refused" if then == "refuse" else "admitted")
    assert [one.kind for one in trace.of(Applied)] == ([kind, "refuse"] if then == "refuse" else [kind])


def test_who_waits_to_be_accepted_meets_at_once_what_is_set() -> None:
    """In virtual time: `slow_accept` ends when something else is set, and says how long it had lasted."""
    steps = [(0, "slow_accept"), (0, A_CLIENT), (5, "reset_at_accept")]
    _, met, trace, attempts, _ = trio.run(play, steps, clock=MockClock(autojump_threshold=0))
    assert (met, attempts) == (["ConnectionResetError"], 1)
    slow, reset = trace.of(Applied)
    assert (slow.kind, slow.evidence["seconds"]) == ("slow_accept", 0.5)
    assert (reset.kind, reset.t) == ("reset_at_accept", 0.5)
