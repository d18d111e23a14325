"""What leaves virtual time is refused, with file and line; and what cannot be simulated, with the reason."""

from __future__ import annotations

import multiprocessing
import os
import socket
import subprocess
import sys
import threading
import time
import types
from collections.abc import Callable

import pytest
import trio

import simnet

QUIET = """
simnet: 1
title: Nothing happens
services:
  api: {}
"""


def connect() -> None:
    """A real socket, made by the module in C."""
    import _socket  # noqa: PLC0415 - past every name that is replaced

    sock = _socket.socket()
    try:
        sock.connect(("127.0.0.1", 9))
    finally:
        sock.close()


def bind() -> None:
    """A real listener."""
    import _socket  # noqa: PLC0415

    sock = _socket.socket()
    try:
        sock.bind(("127.0.0.1", 0))
    finally:
        sock.close()


def run_a_program() -> None:
    """Another program."""
    subprocess.run([sys.executable, "-c", ""], check=True)


def fork() -> None:
    """Another process."""
    os.fork()


def start_a_process() -> None:
    """The same by multiprocessing."""
    multiprocessing.get_context("spawn").Process(target=print).start()


@pytest.mark.parametrize(
    ("leak", "why"),
    [
        (connect, "real socket"),
        (bind, "real socket"),
        (run_a_program, "another program"),
        (fork, "another program"),
        (start_a_process, "own clock"),
    ],
)
def test_a_leak_is_refused_with_its_place(leak: Callable[[], None], why: str) -> None:
    """Even if the client takes it for a failure of the network, and goes on."""

    def client() -> str:
        try:
            leak()
        except Exception:  # noqa: BLE001 - as clients that retry do
            time.sleep(10)
        return "went on"

    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.LeakError, match=why) as found:
        sim.run_sync(client)
    assert "test_leaks.py:" in str(found.value)


def test_a_sleep_in_a_task_of_trio_is_refused() -> None:
    """It would stop the clock for the network too."""

    async def client() -> None:
        await trio.lowlevel.checkpoint()
        time.sleep(1)  # noqa: ASYNC251 - that is what is refused

    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.LeakError, match=r"test_leaks\.py:\d+: time\.sleep"):
        sim.run(client)


def test_a_thread_beside_tasks_of_trio_is_refused() -> None:
    """Trio's clock would not wait for it."""

    async def client() -> None:
        await trio.lowlevel.checkpoint()
        threading.Thread(target=print).start()

    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.LeakError, match="thread"):
        sim.run(client)


def test_uvloop_is_refused_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its loop is C; the message names the way that there is."""
    loop = types.ModuleType("uvloop")
    loop.run = lambda *_: None  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "uvloop", loop)
    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.LeakError, match="libuv"):
        sim.run_sync(lambda: sys.modules["uvloop"].run(None))


def test_gevent_is_refused_before_anything_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has replaced the same names."""
    monkey = types.ModuleType("gevent.monkey")
    monkey.is_module_patched = lambda name: name == "socket"  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "gevent.monkey", monkey)
    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.MachineError, match="gevent"):
        sim.run_sync(int)


def test_blocking_code_that_waits_for_ever_is_told_of_with_the_place() -> None:
    """The stack is that of the greenlet."""

    def client(port: int) -> None:
        with socket.create_connection(("api", port)) as sock:
            sock.recv(1)  # nobody will ever say anything

    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.NeverEndsError) as found:
        sim.run_sync(client, sim["api"].port)
    assert "nobody will ever say anything" in str(found.value)


def test_a_loop_on_the_clock_is_told_of() -> None:
    """No time passes while it only looks."""

    def client() -> None:
        until = time.monotonic() + 1
        while time.monotonic() < until:
            pass

    with simnet.simulate(QUIET) as sim, pytest.raises(simnet.NeverEndsError, match="reads the clock"):
        sim.run_sync(client)
