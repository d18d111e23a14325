"""`simnet record`: what it writes, and what it refuses."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import simnet
from simnet.fronts.record import record as command

HOST = "127.93.42.1"
CLIENT = """
import os, socket
with socket.create_connection((os.environ["SIMNET_SERVER_HOST"], int(os.environ["SIMNET_SERVER_PORT"])), 20) as sock:
    sock.sendall(b"AUTH geheim\\nX-Mine: verborgen\\n")
    print(sock.recv(99))
"""


@pytest.fixture
def upstream() -> Iterator[str]:
    """A server that greets each client that has spoken, and closes."""
    with socket.create_server((HOST, 0)) as listener:

        def serve() -> None:
            while True:
                try:
                    sock, _ = listener.accept()
                except OSError:
                    return
                with sock:
                    sock.recv(99)
                    sock.sendall(b"welcome")
                    sock.recv(99)

        threading.Thread(target=serve, daemon=True).start()
        yield f"{HOST}:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def record(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    line = [sys.executable, "-m", "simnet", "record", *arguments]
    return subprocess.run(line, capture_output=True, text=True, check=False, timeout=60)


def test_a_program_is_recorded_without_its_secrets(upstream: str, tmp_path: Path) -> None:
    """Its status is ours; the file loads, replays, and has neither the secret that all know nor the one that was named."""
    file = tmp_path / "r.yaml"
    done = record("--upstream", upstream, "-o", str(file), "--mask", "X-Mine", "--", sys.executable, "-c", CLIENT)
    assert (done.returncode, done.stdout) == (0, "b'welcome'\n"), done.stderr
    written = file.read_text("utf-8")
    assert "geheim" not in written
    assert "verborgen" not in written
    with simnet.network(file) as net, socket.create_connection((net["server"].address, net["server"].port), 20) as sock:
        sock.sendall(b"AUTH 123456\nX-Mine: 123456789\n")
        assert sock.recv(99) == b"welcome"


def test_it_listens_where_it_is_told_until_it_is_ended(upstream: str, tmp_path: Path) -> None:
    """Without a program it waits for clients; Ctrl-C ends it and the file is written."""
    file, listen = tmp_path / "r.yaml", "127.93.42.2:7433"
    line = [sys.executable, "-m", "simnet", "record", "--upstream", upstream, "--listen", listen, "-o", str(file)]
    with subprocess.Popen(line, stderr=subprocess.PIPE, text=True) as running:
        assert running.stderr is not None
        assert listen in running.stderr.readline()
        with socket.create_connection(("127.93.42.2", 7433), 20) as sock:
            sock.sendall(b"hello")
            assert sock.recv(99) == b"welcome"
        running.send_signal(signal.SIGINT)
        assert running.wait(30) == 0
    assert "text" in file.read_text("utf-8") or "hello" in file.read_text("utf-8")


@pytest.mark.parametrize(
    ("upstream", "listen", "why"),
    [
        ("10.0.0.1:80", None, "is not on loopback"),
        ("127.0.0.1", None, "is not an address with a port"),
        ("127.0.0.1:1", "10.0.0.1:80", "simnet binds 127.0.0.0/8 and ::1 only"),
        ("it's", None, "is not an address with a port"),
        ("other", None, "there is no service"),
    ],
)
def test_only_loopback_is_recorded(tmp_path: Path, upstream: str, listen: str | None, why: str) -> None:
    """Refused before anything is bound, in the words of a scenario, without a line that nobody has written."""
    with pytest.raises(simnet.ScenarioError, match=why) as caught:
        command(upstream=upstream, listen=listen, output=tmp_path / "r.yaml")
    assert all(problem.file == "simnet record" and not problem.line for problem in caught.value.problems)


def test_a_program_that_is_not_there_is_known_before_anything_runs(tmp_path: Path) -> None:
    """As a shell has it: 127."""
    with pytest.raises(typer.Exit) as caught:
        command(["no-such-program-here"], upstream="127.0.0.1:1", output=tmp_path / "r.yaml")
    assert caught.value.exit_code == 127


def test_nothing_recorded_is_not_written(upstream: str, tmp_path: Path) -> None:
    """A program that never came to the server leaves no scenario."""
    with pytest.raises(simnet.MachineError, match="no client came"):
        command(["true"], upstream=upstream, output=tmp_path / "r.yaml")
    assert not (tmp_path / "r.yaml").exists()
