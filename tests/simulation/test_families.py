"""Unmodified clients of each family in virtual time: what they meet, that it takes no time, that it is the same each time."""

from __future__ import annotations

import asyncio
import functools
import http.client
import os
import random
import socket
import threading
import time
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any, ClassVar

import aiohttp
import anyio.to_thread
import backoff
import httpx
import pytest
import requests
import stamina
import tenacity
import trio
import urllib3

import simnet

ROCKY = """
simnet: 1
title: Late, then lossy
services:
  api:
    at: 127.20.0.1:8080
    speaks: http
    faults:
      - {fault: refuse, when: {attempts: 1-2}}
      - {fault: status, status: 503, when: {connections: 1}}
      - {fault: stall, after: 0 B, when: {connections: 2}}
"""

PLAIN = """
simnet: 1
title: All is well
services:
  api: {at: "127.20.0.1:8080", speaks: http}
"""

URL = "http://api:8080/"


def by_requests() -> list[str]:
    """Four tries, with back-off by a `sleep` that was imported by name."""
    met = []
    for tries in range(5):
        try:
            met.append(str(requests.get(URL, timeout=10).status_code))
        except requests.ReadTimeout:
            met.append("late")
        except requests.ConnectionError:
            met.append("refused")
        sleep(10 * 2**tries)
    return met


async def by_httpx(pause: Callable[[float], Any] = trio.sleep) -> list[str]:
    """The same on Trio, or on whatever sleeps so."""
    met = []
    for tries in range(5):
        try:
            async with httpx.AsyncClient(timeout=10) as client:
                met.append(str((await client.get(URL)).status_code))
        except httpx.ReadTimeout:
            met.append("late")
        except httpx.ConnectError:
            met.append("refused")
        await pause(10 * 2**tries)
    return met


async def by_aiohttp() -> list[str]:
    """The same on asyncio."""
    met = []
    for tries in range(5):
        try:
            patience = aiohttp.ClientTimeout(10)
            async with aiohttp.ClientSession(timeout=patience) as client, client.get(URL) as reply:
                met.append(str(reply.status))
        except TimeoutError:
            met.append("late")
        except aiohttp.ClientConnectionError:
            met.append("refused")
        await asyncio.sleep(10 * 2**tries)
    return met


FAMILIES: list[tuple[str, Callable[..., Any]]] = [
    ("run", by_httpx),
    ("run_sync", by_requests),
    ("run_asyncio", by_aiohttp),
    ("run_asyncio", functools.partial(by_httpx, asyncio.sleep)),
]

families = pytest.mark.parametrize(("way", "client"), FAMILIES, ids=["trio", "requests", "aiohttp", "httpx-asyncio"])


@families
def test_a_client_meets_each_fault_in_its_turn(way: str, client: Callable[..., Any]) -> None:
    """Five minutes of back-off and patience are over at once, and are what its clock says."""
    began = time.perf_counter()
    with simnet.simulate(ROCKY) as sim:
        assert getattr(sim, way)(client) == ["refused", "refused", "503", "late", "200"]
        assert sim.attempts("api") == 5
        assert sim.elapsed == pytest.approx(10 * 31 + 10, abs=1)
    assert time.perf_counter() - began < 10


@families
def test_nothing_is_left_of_a_run(way: str, client: Callable[..., Any]) -> None:
    """Every name is what it was before, in every module that has it."""
    names = (time.sleep, time.monotonic, socket.getaddrinfo, os.urandom, threading.Lock, sleep, asyncio.new_event_loop)
    chance = random.getstate()
    with simnet.simulate(ROCKY) as sim:
        getattr(sim, way)(client)
    after = (time.sleep, time.monotonic, socket.getaddrinfo, os.urandom, threading.Lock, sleep, asyncio.new_event_loop)
    assert after == names
    assert "__new__" not in socket.socket.__dict__
    assert random.getstate() == chance
    assert {thread.name for thread in threading.enumerate() if "ThreadPool" in thread.name} == set()


def test_names_are_put_back_after_a_failure() -> None:
    """Whatever way the client ends."""

    def fail() -> None:
        raise KeyError("mine")

    with simnet.simulate(PLAIN) as sim, pytest.raises(KeyError, match="mine"):
        sim.run_sync(fail)
    assert time.sleep is sleep


def test_retrying_libraries_wait_in_virtual_time() -> None:
    """tenacity, backoff, stamina and urllib3 sleep and look at clocks in their own ways."""

    def ask(*_: object) -> int:
        reply = requests.get(URL, timeout=10)
        reply.raise_for_status()
        return reply.status_code

    kept = tenacity.Retrying(wait=tenacity.wait_exponential(multiplier=8), stop=tenacity.stop_after_delay(500))
    backed = backoff.on_exception(backoff.expo, requests.RequestException, factor=8, jitter=None)(ask)
    steady = stamina.retry(on=requests.RequestException, attempts=9, wait_initial=8, wait_max=60, timeout=500)(ask)
    pool = urllib3.PoolManager(retries=urllib3.Retry(6, backoff_factor=8, status_forcelist=[503]), timeout=10)
    with simnet.simulate(ROCKY) as sim:
        for call, attempts in (
            (lambda: kept(ask), 5),
            (backed, 5),
            (steady, 5),
            (lambda: pool.request("GET", URL, headers={"Connection": "close"}).status, 5),
        ):
            assert sim.run_sync(call) == 200
            assert sim.attempts("api") == attempts
            assert sim.elapsed > 40


def test_the_standard_library_dials_virtually() -> None:
    """http.client and urllib.request, with files made of sockets."""

    def ask() -> tuple[int, int]:
        line = http.client.HTTPConnection("api", 8080, timeout=5)
        line.request("GET", "/")
        with urllib.request.urlopen(URL, timeout=5) as reply:
            return line.getresponse().status, reply.status

    with simnet.simulate(PLAIN) as sim:
        assert sim.run_sync(ask) == (200, 200)
        assert sim.attempts("api") == 2


def test_threads_run_side_by_side_in_virtual_time() -> None:
    """Four at a time, each for 10 s: twelve take 30 s; each has a name and a number of its own."""

    def work(number: int) -> tuple[int, int, str]:
        reply = requests.get(URL, timeout=5)
        time.sleep(10)
        return number, reply.status_code, threading.current_thread().name

    def crowd() -> list[tuple[int, int, str]]:
        with ThreadPoolExecutor(4, thread_name_prefix="worker") as pool:
            return list(pool.map(work, range(12)))

    with simnet.simulate(PLAIN) as sim:
        done = sim.run_sync(crowd)
        assert [(number, status) for number, status, _ in done] == [(number, 200) for number in range(12)]
        assert {name for _, _, name in done} == {f"worker_{number}" for number in range(4)}
        assert sim.elapsed == pytest.approx(30, abs=1)


def test_a_lock_is_waited_for_in_virtual_time() -> None:
    """A thread holds it for a minute; who waits ten seconds for it does without."""

    def contend() -> list[bool]:
        held, got = threading.Lock(), threading.Event()

        def hold() -> None:
            with held:
                got.set()
                time.sleep(60)

        thread = threading.Thread(target=hold)
        thread.start()
        assert got.wait(5)
        found = [held.acquire(timeout=10), thread.is_alive()]
        thread.join()
        return [*found, held.acquire(timeout=1), thread.is_alive()]

    with simnet.simulate(PLAIN) as sim:
        assert sim.run_sync(contend) == [False, True, True, False]
        assert sim.elapsed == pytest.approx(60, abs=1)


def _slow_get() -> int:
    time.sleep(20)
    return requests.get(URL, timeout=5).status_code


def test_threads_of_event_loops_are_greenlets_too() -> None:
    """asyncio.to_thread, trio.to_thread and anyio's: the loop goes on while they block."""

    async def on_asyncio() -> list[int]:
        slow = [asyncio.to_thread(_slow_get) for _ in range(3)]
        return await asyncio.gather(*slow)

    async def on_trio() -> list[int]:
        found: list[int] = []

        async def ask(run: Callable[..., Any]) -> None:
            found.append(await run(_slow_get))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask, trio.to_thread.run_sync)
            nursery.start_soon(ask, anyio.to_thread.run_sync)
        return found

    with simnet.simulate(PLAIN) as sim:
        assert sim.run_asyncio(on_asyncio) == [200, 200, 200]
        assert sim.elapsed == pytest.approx(20, abs=1)
        assert sim.run(on_trio) == [200, 200]
        assert sim.elapsed == pytest.approx(20, abs=1)


def test_other_threads_see_the_real_clock() -> None:
    """The names are those of the thread that runs the simulation; another's are the real ones meanwhile."""
    go, seen = threading.Event(), []

    def look() -> None:
        go.wait(30)
        before = time.monotonic()
        time.sleep(0.01)
        seen.extend([before, time.monotonic()])

    def client() -> float:
        go.set()
        real_join(other, 30)
        time.sleep(3600)
        return time.monotonic()

    real_join, other = threading.Thread.join, threading.Thread(target=look)
    other.start()
    with simnet.simulate(PLAIN) as sim:
        virtual = sim.run_sync(client)
    other.join()
    assert virtual == pytest.approx(65_536 + 3600, abs=1)
    assert 0.01 <= seen[1] - seen[0] < 30


def test_chance_is_that_of_the_seed_and_comes_back() -> None:
    """os.urandom, random and uuid4 are the same for one seed, differ for another, and are chance again afterwards."""

    def draw() -> tuple[bytes, float, uuid.UUID]:
        return os.urandom(8), random.random(), uuid.uuid4()

    def under(seed: int) -> tuple[bytes, float, uuid.UUID]:
        with simnet.simulate(PLAIN, seed=seed) as sim:
            return sim.run_sync(draw)

    assert under(1) == under(1) != under(2)
    assert os.urandom(8) != os.urandom(8)


def test_a_sleep_is_found_wherever_it_is_held() -> None:
    """As a default of a function, by place or by keyword, and in a class."""

    class Patient:
        wait: ClassVar[Any] = time.sleep

    def client(first: Callable[[float], None] = time.sleep, *, second: Callable[[float], None] = sleep) -> None:
        first(1000)
        second(2000)
        Patient().wait(4000)

    with simnet.simulate(PLAIN) as sim:
        sim.run_sync(client)
        assert sim.elapsed == pytest.approx(7000, abs=1)
    assert client.__defaults__ == (time.sleep,)
    assert Patient.wait is time.sleep


HALF_OPEN = """
simnet: 1
title: The peer is gone and has told nobody
services: {api: {faults: [{fault: half_open, when: {connections: 1}}]}}
"""


def test_keep_alive_finds_a_peer_that_is_gone() -> None:
    """With Linux's defaults after two hours and nine more probes; that is no client that waits for ever."""

    def wait(port: int, *, keepalive: bool) -> str | None:
        with socket.create_connection(("api", port)) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, keepalive)
            sock.sendall(b"anybody there?")
            assert sock.recv(100)
            try:
                return repr(sock.recv(100))
            except TimeoutError as error:
                return error.strerror

    with simnet.simulate(HALF_OPEN) as sim:
        assert sim.run_sync(functools.partial(wait, sim["api"].port, keepalive=True)) == "Connection timed out"
        assert sim.elapsed == pytest.approx(7200 + 9 * 75, abs=1)
        with pytest.raises(simnet.NeverEndsError, match="for ever"):
            sim.run_sync(functools.partial(wait, sim["api"].port, keepalive=False))
