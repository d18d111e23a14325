"""Which attempt meets what: exact for clients in this process, and honest for all others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
import trio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import simnet
from simnet.trace.events import Accepted, Applied, Attempt, Failed

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet, RunPython

RETRY_WITHOUT_PAUSE = """
import socket, sys
for attempt in range(1, 7):
    sock = socket.socket()
    try:
        sock.connect((sys.argv[1], int(sys.argv[2])))
        print("served")
    except ConnectionRefusedError:
        print("refused")
    sock.close()
"""

MANY_AT_ONCE = """
import socket, sys, threading
def attempt():
    sock = socket.socket()
    sock.settimeout(2)
    try:
        sock.connect((sys.argv[1], int(sys.argv[2])))
        print("served", flush=True)
    except TimeoutError:
        print("timed out", flush=True)
    done.wait()
threads = [threading.Thread(target=attempt) for _ in range(8)]
done = threading.Barrier(8)
for thread in threads: thread.start()
for thread in threads: thread.join()
"""


def attempt(service: simnet.ServiceHandle) -> bool:
    """Whether one attempt is served; sockets are closed at once, as a careless retry loop does."""
    try:
        socket.create_connection((service.address, service.port), timeout=20).close()
    except ConnectionRefusedError:
        return False
    return True


numbers = st.sets(st.integers(1, 12), max_size=8)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(refused=numbers)
def test_a_retry_loop_without_a_pause_meets_exactly_the_plan(one_service: MakeNet, refused: set[int]) -> None:
    """In this process, attempt n is refused if and only if the scenario says so, with no pause between attempts."""
    when = {"attempts": ",".join(map(str, sorted(refused)))}
    faults = [simnet.refuse(when=when)] if refused else []
    with one_service(*faults) as net:
        served = [attempt(net["api"]) for _ in range(12)]
    assert served == [number not in refused for number in range(1, 13)]
    assert not net.trace.of(Failed)
    assert {e.target for e in net.trace.of(Applied)} == {f"attempt {number}" for number in refused}


def test_threads_at_once_are_refused_exactly_as_often_as_planned(one_service: MakeNet) -> None:
    """Sixteen threads make 160 attempts; exactly the 25 of the plan are refused, and each is proven."""
    with one_service(simnet.refuse(when={"attempts": "1,3,5,7,20-40"})) as net, ThreadPoolExecutor(16) as pool:
        served = list(pool.map(lambda _: attempt(net["api"]), range(160)))
        assert served.count(False) == 25
        assert net["api"].attempts == 160
    assert len(net.trace.of(Applied)) == 25
    assert len(net.trace.of(Accepted)) == 135
    assert not net.trace.of(Failed)


def test_faults_of_several_kinds_at_one_door(one_service: MakeNet, client: type[Client]) -> None:
    """Refused, unanswered, slow and served attempts follow each other as planned."""
    with one_service(
        simnet.refuse(when={"attempts": "1,4"}),
        simnet.drop_syn(when={"attempts": 2}),
        simnet.slow_handshake(delay="150ms", when={"attempts": 3}),
    ) as net:
        met = [client(patience=0.5).meet(net["api"]) for _ in range(5)]
        assert [m.what for m in met] == ["ECONNREFUSED", "timed out", "", "ECONNREFUSED", ""]
        assert met[2].seconds >= 0.15
    assert len(net.trace.of(Applied)) == 4
    assert not net.trace.of(Failed)


async def by_trio(service: simnet.ServiceHandle) -> bool:
    """One attempt with Trio."""
    try:
        await (await trio.open_tcp_stream(service.address, service.port)).aclose()
    except OSError:
        return False
    return True


async def by_asyncio(service: simnet.ServiceHandle) -> bool:
    """One attempt with asyncio."""
    try:
        _, writer = await asyncio.open_connection(service.address, service.port)
    except OSError:
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True


def run_trio(service: simnet.ServiceHandle) -> list[bool]:
    """Five attempts in a Trio program."""

    async def main() -> list[bool]:
        return [await by_trio(service) for _ in range(5)]

    return trio.run(main)


def run_asyncio(service: simnet.ServiceHandle) -> list[bool]:
    """Five attempts in an asyncio program."""

    async def main() -> list[bool]:
        return [await by_asyncio(service) for _ in range(5)]

    return asyncio.run(main())


@pytest.mark.parametrize("run", [run_trio, run_asyncio])
def test_event_loops_are_counted_as_exactly(
    one_service: MakeNet, run: Callable[[simnet.ServiceHandle], list[bool]]
) -> None:
    """Clients on Trio and asyncio meet exactly the plan."""
    with one_service(simnet.refuse(when={"attempts": "1,2,4"})) as net:
        assert run(net["api"]) == [False, False, True, False, True]
    assert {e.counted for e in net.trace.of(Attempt)} == {"by audit"}


def test_in_one_trio_program_with_the_client(one_service: MakeNet) -> None:
    """World and client in one Trio loop: no deadlock, and exact."""
    text = "simnet: 1\nservices:\n  api:\n    faults:\n      - {fault: refuse, when: {attempts: 1-2}}\n"

    async def main() -> list[bool]:
        with trio.fail_after(30):
            async with simnet.open_world(text) as world:
                return [await by_trio(world["api"]) for _ in range(4)]

    assert trio.run(main) == [False, False, True, True]


def test_another_program_that_returns_too_soon_is_told_so(one_service: MakeNet, in_another_process: RunPython) -> None:
    """Where a foreign client outruns the door, what it met beyond the plan is reported as failed, not hidden."""
    with one_service(simnet.refuse(when={"attempts": "1-2"})) as net:
        met = in_another_process(RETRY_WITHOUT_PAUSE, net["api"]).stdout.split()
    failed = len(net.trace.of(Failed))
    assert len(net.trace.of(Attempt)) == 6
    assert met.count("refused") == 2 + failed
    assert len(net.trace.of(Applied)) == 2


def test_held_syns_are_exact_for_any_program(one_service: MakeNet, in_another_process: RunPython) -> None:
    """`drop_syn` of attempt 3 hits exactly one of eight threads of another program that dial at once."""
    with one_service(simnet.drop_syn(when={"attempts": 3})) as net:
        met = in_another_process(MANY_AT_ONCE, net["api"]).stdout
    assert met.count("timed out") == 1
    assert met.count("served") == 7
    assert [e.target for e in net.trace.of(Applied)] == ["attempt 3"]
    assert not net.trace.of(Failed)


def test_faults_are_switched_live(one_service: MakeNet, client: type[Client]) -> None:
    """`set` and `clear` are in force when they return."""
    with one_service() as net:
        service = net["api"]
        assert client().meet(service).what == ""
        service.set(simnet.refuse())
        assert client().meet(service).what == "ECONNREFUSED"
        service.set(simnet.reset_at_accept())
        assert client().meet(service).what == "ECONNRESET"
        service.clear()
        assert client().meet(service).what == ""
        assert service.attempts == 4
    simnet.verify(net)
