"""Clients in virtual time: what they meet, how long it takes them, that it is the same each time, and that it ends."""

from __future__ import annotations

import errno
import hashlib
import os
import subprocess
import sys
import time

import anyio
import pytest
import trio

import simnet
from simnet.trace.events import AttemptOver
from simnet.world.virtual.parameters import CLASSIC_SYN_RETRIES, Parameters

LATE = """
simnet: 1
title: The API comes up late, then loses a connection
services:
  api:
    at: 127.20.0.1:8080
    faults:
      - {fault: refuse, when: {attempts: 1-2}}
      - {fault: reset, after: 3 B, when: {connections: 2}}
      - {fault: stall, after: 0 B, when: {connections: 3}}
"""

SILENT = """
simnet: 1
title: Nobody answers
services:
  api:
    faults: [{fault: drop_syn}]
"""

SPOTTY = """
simnet: 1
title: Chance and many clients
seed: 5
services:
  api:
    faults:
      - {fault: refuse, when: {chance: 30%}}
      - {fault: latency, delay: 80ms, jitter: 60ms, when: {chance: 50%}}
      - {fault: packet_loss, loss: 20%, when: {chance: 30%}}
      - {fault: reset, after: 7 B, when: {chance: 20%}}
"""


async def ask(patience: float) -> str:
    """Connect by name, and ask once."""
    try:
        async with await trio.open_tcp_stream("api", 8080) as stream:
            await stream.send_all(b"hello")
            with trio.fail_after(patience):
                said = b""
                while len(said) < 5 and (data := await stream.receive_some()):
                    said += data
                return said.decode()
    except trio.TooSlowError:
        return "too slow"
    except (OSError, trio.BrokenResourceError) as error:
        return name_of(error)


def name_of(error: BaseException) -> str:
    """The errno at the bottom of what Trio has wrapped."""
    while not isinstance(error, OSError) or error.errno is None:
        inner = error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error.__cause__
        assert inner is not None
        error = inner
    return errno.errorcode[error.errno]


async def persist(patience: float) -> list[str]:
    """Ask until it is answered twice, with longer and longer pauses."""
    said: list[str] = []
    while said.count("hello") < 2:
        said.append(await ask(patience))
        await trio.sleep(10 * 2 ** len(said))
    return said


def test_minutes_of_back_off_take_no_time() -> None:
    """The client meets each fault in its turn; its clock says how long it waited, ours that nobody did."""
    began = time.perf_counter()
    with simnet.simulate(LATE) as sim:
        assert sim.run(persist, 7.0) == ["ECONNREFUSED", "ECONNREFUSED", "hello", "ECONNRESET", "too slow", "hello"]
        assert sim.attempts("api") == 6
        assert sim.elapsed == pytest.approx(7 + 10 * (2**7 - 2), abs=0.5)
    assert time.perf_counter() - began < 10


def test_each_run_begins_anew() -> None:
    """Nothing of one run is left for the next: neither counts nor connections nor time."""
    with simnet.simulate(LATE) as sim:
        assert [sim.run(ask, 1.0), sim.run(ask, 1.0)] == ["ECONNREFUSED", "ECONNREFUSED"]
        assert sim.attempts() == 1


@pytest.mark.parametrize(
    ("parameters", "seconds", "syns"),
    [(Parameters(), 131.0, 11), (Parameters(syn_retries=CLASSIC_SYN_RETRIES, syn_gives_up=127.0), 127.0, 7)],
)
def test_an_unanswered_syn_times_out_as_that_linux_does(parameters: Parameters, seconds: float, syns: int) -> None:
    """connect(2) gives up with ETIMEDOUT after the retries of the kernel that is modelled."""
    with simnet.simulate(SILENT, parameters=parameters) as sim:

        async def connect() -> str:
            try:
                await trio.open_tcp_stream("api", sim["api"].port, happy_eyeballs_delay=1000)
            except OSError as error:
                return name_of(error)
            return "connected"

        assert sim.run(connect) == "ETIMEDOUT"
        assert sim.elapsed == pytest.approx(seconds, abs=0.5)
        (attempt,) = sim.trace.of(AttemptOver)
        assert (attempt.outcome, attempt.syns) == ("gave_up", syns)


def test_anyio_dials_virtually_too() -> None:
    """anyio on Trio connects through Trio's sockets, and can ask for their addresses."""
    with simnet.simulate(LATE) as sim:

        async def talk() -> tuple[bytes, str]:
            await trio.lowlevel.checkpoint()
            for _ in range(2):
                with pytest.raises(OSError, match=r"refused|failed"):
                    await anyio.connect_tcp("api", 8080)
            async with await anyio.connect_tcp("api", 8080) as stream:
                await stream.send(b"hi")
                return await stream.receive(), stream.extra(anyio.abc.SocketAttribute.remote_address)[0]

        assert sim.run(talk) == (b"hi", "127.20.0.1")


def test_waiting_for_ever_is_told_of_with_the_place() -> None:
    """A client with no timeout on a stalled reply is found at once, and the message shows where it waits."""
    began = time.perf_counter()
    with simnet.simulate(LATE) as sim, pytest.raises(simnet.NeverEndsError, match="waits for ever") as found:
        sim.run(persist, float("inf"))
    assert "while len(said) < 5" in str(found.value)
    assert time.perf_counter() - began < 10


def test_two_tasks_that_wait_for_each_other_are_both_shown() -> None:
    """Each task of the client has its stack in the message."""

    async def embrace() -> None:
        first, second = trio.Event(), trio.Event()

        async def one() -> None:
            await first.wait()
            second.set()

        async def other() -> None:
            await second.wait()
            first.set()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(one)
            nursery.start_soon(other)

    with simnet.simulate(LATE) as sim, pytest.raises(simnet.NeverEndsError) as found:
        sim.run(embrace)
    assert "await first.wait()" in str(found.value)
    assert "await second.wait()" in str(found.value)


def test_a_client_that_waits_for_its_own_timer_is_left_alone() -> None:
    """A day of sleep is no hang."""
    with simnet.simulate(LATE) as sim:
        sim.run(trio.sleep, 86_400)
        assert sim.elapsed == pytest.approx(86_400, abs=1)


def test_a_busy_loop_is_told_of() -> None:
    """A client that asks again and again while no time passes would never end."""

    async def spin() -> None:
        while True:
            await trio.lowlevel.checkpoint()

    with simnet.simulate(LATE, steps=5000) as sim, pytest.raises(simnet.NeverEndsError, match="busy loop"):
        sim.run(spin)


def test_what_the_client_raises_comes_out_as_itself() -> None:
    """Not in a group, and the network is down: its trace is there."""

    async def fail() -> None:
        await ask(1.0)
        raise KeyError("mine")

    with simnet.simulate(LATE) as sim:
        with pytest.raises(KeyError, match="mine"):
            sim.run(fail)
        assert sim.attempts() == 1
        with pytest.raises(simnet.NetworkDownError):
            _ = sim.world


CROWD = """
import hashlib, sys
import trio, simnet
from pathlib import Path

async def one(number, met):
    for turn in range(6):
        await trio.sleep(turn)
        try:
            with trio.move_on_after(20):
                async with await trio.open_tcp_stream("api", sim["api"].port) as stream:
                    await stream.send_all(b"%d" % (10**9 + number))
                    met.append((number, turn, len(await stream.receive_some())))
        except (OSError, trio.BrokenResourceError) as error:
            met.append((number, turn, type(error).__name__))

async def crowd():
    met = []
    async with trio.open_nursery() as nursery:
        for number in range(16):
            nursery.start_soon(one, number, met)
    return met

with simnet.simulate(sys.stdin.read(), seed=int(sys.argv[1])) as sim:
    met = sim.run(crowd)
print(hashlib.sha256((repr(met) + sim.trace.dumps()).encode()).hexdigest(), len(met))
"""


def crowd(seed: int, hash_seed: str) -> str:
    """What sixteen clients met, and the whole trace, in a process of its own: its hash."""
    command = [sys.executable, "-c", CROWD, str(seed)]
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run(command, input=SPOTTY, capture_output=True, text=True, env=environment, check=True, timeout=600)
    return done.stdout


def test_the_same_seed_gives_the_same_trace_in_every_process() -> None:
    """Byte for byte, whatever order sets have; and another seed gives another."""
    first = crowd(5, "1")
    assert len(first) > hashlib.sha256().digest_size
    assert {crowd(5, "9"), crowd(5, "random")} == {first}
    assert crowd(6, "1") != first
