"""The message about a taken address names who holds it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simnet.errors import MachineError
from simnet.world.kernel import holder
from simnet.world.kernel.holder import UNKNOWN, who_holds
from simnet.world.kernel.sock_diag import DiagRow, SockDiag
from simnet.world.kernel.tcp_info import TcpState

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

LISTEN = (
    "import socket, sys; s = socket.create_server((sys.argv[1], int(sys.argv[2]))); print('held', flush=True); input()"
)
COMM = Path("/proc/self/comm").read_text(encoding="ascii").strip()


def test_this_process_is_named(net: Net) -> None:
    """A listener of our own is named with our program and process id."""
    assert who_holds(*net.listener().getsockname()[:2]) == f"{COMM} (pid {os.getpid()})"


def free_port(net: Net) -> int:
    with net.bound() as sock:
        return int(sock.getsockname()[1])


def test_another_process_is_named(four: Net) -> None:
    """A listener of another process is named with that one's process id."""
    port = free_port(four)
    command = [sys.executable, "-I", "-S", "-c", LISTEN, four.address, str(port)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        assert who_holds(four.address, port).endswith(f" (pid {process.pid})")
        process.kill()


def row(address: str, port: int, state: TcpState = TcpState.LISTEN, inode: int = 1, uid: int = 0) -> DiagRow:
    return DiagRow(
        state=state,
        local=(address, port),
        remote=("", 0),
        retransmits=0,
        timer_ms=0,
        inode=inode,
        uid=uid,
        cookie=0,
        info=None,
    )


@pytest.mark.parametrize(
    ("asked", "held", "named"),
    [
        ("127.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "::", True),
        ("::1", "::", True),
        ("::1", "0.0.0.0", False),
        ("127.0.0.1", "127.0.0.2", False),
    ],
)
def test_the_wildcard_holds_every_address(monkeypatch: pytest.MonkeyPatch, asked: str, held: str, named: bool) -> None:  # noqa: FBT001
    """Who listens at a wildcard address holds the port of every address that it covers, and no other."""
    monkeypatch.setattr(SockDiag, "at_port", lambda _, port: [row(held, port, uid=0)])
    assert (who_holds(asked, 80) == "a program of user root (uid 0)") is named


def test_a_program_of_another_user_is_named_by_its_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where /proc does not show the program, the user is named; a user without a name is "unknown"."""
    monkeypatch.setattr(SockDiag, "at_port", lambda _, port: [row("127.0.0.1", port, uid=4_000_000)])
    assert who_holds("127.0.0.1", 80) == "a program of user unknown (uid 4000000)"


def test_the_listener_is_named_before_its_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Among a listener, a connection and one that nobody holds any more, the listener is the holder."""
    rows = [
        row("127.0.0.1", 80, TcpState.TIME_WAIT, 0),
        row("127.0.0.1", 80, TcpState.ESTABLISHED, 2, 4_000_001),
        row("127.0.0.1", 80, TcpState.LISTEN, 3, 4_000_002),
    ]
    monkeypatch.setattr(SockDiag, "at_port", lambda _, __: rows)
    assert "4000002" in who_holds("127.0.0.1", 80)
    rows.pop()
    assert "4000001" in who_holds("127.0.0.1", 80)
    rows.pop()
    assert who_holds("127.0.0.1", 80) == "no program any more: an old connection (TIME_WAIT)"


def test_nobody_and_no_sock_diag_are_said_plainly(four: Net, monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that nobody has, and a kernel that does not tell, give a phrase and never an error."""
    assert who_holds(four.address, free_port(four)) == UNKNOWN

    def refuse() -> None:
        raise MachineError("no netlink")

    monkeypatch.setattr(holder, "SockDiag", refuse)
    assert who_holds("127.0.0.1", 80) == UNKNOWN
