"""An acceptor without descriptors: it says EMFILE, and nothing of it is left on any way out."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial

import pytest
import trio

from simnet.errors import MachineError
from simnet.world import starve
from simnet.world.kernel.tcp_info import queue
from simnet.world.starve import StarvedAcceptor, starving

GUARD = 60.0
INTERRUPTED = """
import os, socket, trio
from simnet.world.starve import starving

async def main():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        async with starving(listener) as acceptor:
            print(acceptor.pid, await acceptor.try_accept(), flush=True)
            await trio.sleep_forever()

trio.run(main)
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A non-blocking listener on loopback."""
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.settimeout(0)
        yield sock


@contextmanager
def nothing_left() -> Iterator[None]:
    """No descriptor and no child more at the end than at the beginning."""
    before = os.listdir("/proc/self/fd")
    yield
    assert os.listdir("/proc/self/fd") == before
    assert children() == []


def children() -> list[int]:
    """Processes whose parent is this one, zombies included."""
    found = []
    for pid in (name for name in os.listdir("/proc") if name.isdigit()):
        with suppress(OSError), open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            if int(stat.read().rpartition(")")[2].split()[1]) == os.getpid():
                found.append(int(pid))
    return found


def gone(pid: int) -> bool:
    """Whether the process has ended; who inherits an orphan may be slow to reap it."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def test_accept_is_emfile_with_and_without_a_client(listener: socket.socket) -> None:
    """try_accept gives EMFILE with an empty queue and with a client in it; the client is served afterwards."""

    async def main() -> list[str]:
        async with starving(listener) as acceptor:
            saw = [await acceptor.try_accept()]
            client.connect(listener.getsockname())
            saw += [await acceptor.try_accept(), await acceptor.try_accept()]
            with trio.fail_after(GUARD):
                while queue(listener)[0] != 1:  # noqa: ASYNC110 - the kernel sets no trio.Event
                    await trio.sleep(0.002)
        return saw

    with nothing_left(), socket.socket() as client:
        client.settimeout(GUARD)
        assert trio.run(main) == ["EMFILE"] * 3
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"late")
        assert client.recv(16) == b"late"


def test_tasks_may_ask_at_once(listener: socket.socket) -> None:
    """Ten tasks that ask at the same time each get their answer."""
    saw: list[str] = []

    async def ask(acceptor: StarvedAcceptor) -> None:
        saw.append(await acceptor.try_accept())

    async def main() -> None:
        async with starving(listener) as acceptor, trio.open_nursery() as nursery:
            for _ in range(10):
                nursery.start_soon(ask, acceptor)

    with nothing_left():
        trio.run(main)
    assert saw == ["EMFILE"] * 10


def test_a_cancelled_question_does_not_answer_the_next(listener: socket.socket) -> None:
    """After a question was cancelled while the child was stopped, the next one gets its own answer."""

    async def main() -> tuple[bool, str]:
        async with starving(listener) as acceptor:
            os.kill(acceptor.pid, signal.SIGSTOP)
            with trio.move_on_after(0.05) as scope:
                await acceptor.try_accept()
            os.kill(acceptor.pid, signal.SIGCONT)
            return scope.cancelled_caught, await acceptor.try_accept()

    with nothing_left():
        assert trio.run(main) == (True, "EMFILE")


def test_nothing_is_left_when_the_body_fails(listener: socket.socket) -> None:
    """An exception in the block comes out as it is, and the child is reaped."""

    async def main() -> None:
        async with starving(listener):
            raise LookupError("of the caller")

    with nothing_left(), pytest.raises(LookupError, match="of the caller"):
        trio.run(main)


def test_nothing_is_left_when_cancelled_at_any_time(listener: socket.socket) -> None:
    """Cancelled before the child is ready, or later, with the child stopped too, the block ends and leaves nothing."""

    async def main(seconds: float, *, stop: bool) -> None:
        with trio.move_on_after(seconds):
            async with starving(listener) as acceptor:
                if stop:
                    os.kill(acceptor.pid, signal.SIGSTOP)
                await trio.sleep_forever()

    async def cancelled_before() -> None:
        with trio.CancelScope() as scope:
            scope.cancel()
            async with starving(listener):
                raise AssertionError("the wait for the child is a checkpoint")

    with nothing_left():
        trio.run(cancelled_before)
        for seconds in (0.001, 0.01, 0.2):
            trio.run(partial(main, seconds, stop=seconds > 0.1))


def test_a_killed_child_is_a_machine_error(listener: socket.socket) -> None:
    """If somebody kills the child the next question says so, and nothing is left."""

    async def main() -> None:
        async with starving(listener) as acceptor:
            os.kill(acceptor.pid, signal.SIGKILL)
            await acceptor.try_accept()

    with nothing_left(), pytest.raises(MachineError, match=r"the starved acceptor \(pid \d+\) (ended|is ending)"):
        trio.run(main)


def test_a_silent_child_is_a_machine_error(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """A child that is stopped and never answers ends in an error, not in a hang."""

    async def main() -> None:
        async with starving(listener) as acceptor:
            os.kill(acceptor.pid, signal.SIGSTOP)
            monkeypatch.setattr(starve, "PATIENCE", 0.05)
            await acceptor.try_accept()

    with nothing_left(), pytest.raises(MachineError, match="has been silent"):
        trio.run(main)


def test_a_python_that_cannot_start_is_a_machine_error(listener: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an interpreter to start, the error names the cure."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")

    async def main() -> None:
        async with starving(listener):
            raise AssertionError("nothing was started")

    with nothing_left(), pytest.raises(MachineError, match="run simnet with a Python that can start itself"):
        trio.run(main)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_the_child_does_not_outlive_its_parent(number: signal.Signals) -> None:
    """Whatever signal ends the process that starves, the child ends with it."""
    command = [sys.executable, "-c", INTERRUPTED]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        pid, name = process.stdout.readline().split()
        assert name == b"EMFILE"
        process.send_signal(number)
        assert process.wait(GUARD) != 0

    async def until_gone() -> None:
        with trio.fail_after(GUARD):
            while not gone(int(pid)):  # noqa: ASYNC110 - another process' child gives us no event
                await trio.sleep(0.005)

    trio.run(until_gone)
