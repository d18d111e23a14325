"""accept(2) without a descriptor left: EMFILE, in a child, while the client believes to be connected."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simnet.errors import MachineError
from simnet.world.kernel.starved import READY, spawn_starved
from simnet.world.kernel.tcp_info import TcpState, queue, tcp_info

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]


@contextmanager
def starved(listener: socket.socket) -> Iterator[tuple[subprocess.Popen[bytes], socket.socket]]:
    child, control = spawn_starved(listener)
    with control:
        try:
            control.settimeout(30)
            assert control.recv(64) == READY
            yield child, control
        finally:
            child.kill()
            child.wait()


def ask(control: socket.socket) -> bytes:
    control.send(b"1")
    return control.recv(64)


def test_accept_fails_with_emfile_and_the_client_waits(net: Net, until: Until) -> None:
    """accept in the child is EMFILE; the client is connected, its connection stays in the queue for us."""
    listener = net.listener()
    client = net.client()
    client.connect(listener.getsockname())
    until(lambda: queue(listener)[0] == 1)
    with starved(listener) as (_, control):
        assert [ask(control) for _ in range(3)] == [b"1 EMFILE"] * 3
        assert queue(listener)[0] == 1
        assert tcp_info(client).state is TcpState.ESTABLISHED
    accepted = net.keep(listener.accept()[0])
    accepted.sendall(b"late")
    assert client.recv(16) == b"late"


def test_the_limit_is_looked_at_before_the_queue(net: Net) -> None:
    """With nobody in the queue accept in the child is EMFILE too, not EAGAIN."""
    listener = net.listener()
    listener.settimeout(0)
    with starved(listener) as (_, control):
        assert ask(control) == b"1 EMFILE"


def test_the_child_ends_when_we_are_gone(four: Net) -> None:
    """On the end of file of its control socket the child ends by itself, with status 0."""
    with starved(four.listener()) as (child, control):
        control.close()
        assert child.wait(30) == 0


def test_the_child_is_in_no_terminal_session_of_ours(four: Net) -> None:
    """The child leads a session of its own, so Ctrl-C does not reach it."""
    with starved(four.listener()) as (child, _):
        assert os.getsid(child.pid) == child.pid


def test_the_child_holds_nothing_of_ours_but_the_listener(four: Net) -> None:
    """Of our descriptors the child has the listener and its control socket, and /dev/null three times."""
    with starved(four.listener()) as (child, _):
        links = sorted(os.readlink(link) for link in Path(f"/proc/{child.pid}/fd").iterdir())
    assert links[:3] == ["/dev/null"] * 3
    assert len(links) == 5


def test_a_python_that_cannot_start_is_a_machine_error(four: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an interpreter to start the error names it and the cure, and no descriptor is left behind."""
    listener = four.listener()
    before = os.listdir("/proc/self/fd")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(MachineError, match=r"'/nowhere/python': No such file or directory\); run simnet with a Python"):
        spawn_starved(listener)
    assert os.listdir("/proc/self/fd") == before
