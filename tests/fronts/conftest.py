"""The command as a user runs it: another process, no terminal, nothing but its arguments."""

from __future__ import annotations

import contextlib
import os
import pty
import queue
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from simnet.fronts.inbox import Inbox, Signalled
from tests.fronts.terminal import Opened, Terminal

GUARD = 90.0
"""Seconds for any one command on a machine under load."""

PLAIN = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}

Ran = subprocess.CompletedProcess[str]
Simnet = Callable[..., Ran]
Write = Callable[[str], Path]


@pytest.fixture
def argv() -> list[str]:
    """What comes before the arguments."""
    return [sys.executable, "-W", "error", "-m", "simnet"]


@pytest.fixture
def simnet(argv: list[str]) -> Simnet:
    """Run the command to its end."""

    def run(*arguments: object, environment: Mapping[str, str] = {}) -> Ran:
        return subprocess.run(
            [*argv, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=GUARD,
            check=False,
            env={**PLAIN, **environment},
        )

    return run


@pytest.fixture
def scenario(tmp_path: Path) -> Write:
    """Write a scenario file; the line with the format comes first by itself."""

    def write(text: str) -> Path:
        file = tmp_path / "scenario.yaml"
        file.write_text(f"simnet: 1\n{text}", "utf-8")
        return file

    return write


@pytest.fixture
def leaving() -> Callable[[Path], Inbox]:
    """An inbox into which a Ctrl-C comes as soon as that file is there."""

    def await_file(file: Path, inbox: Inbox) -> None:
        give_up = time.monotonic() + GUARD
        while not file.exists() and time.monotonic() < give_up:
            time.sleep(0.01)
        inbox.put(Signalled(signal.SIGINT))

    def start(file: Path) -> Inbox:
        inbox: Inbox = queue.SimpleQueue()
        threading.Thread(target=await_file, args=(file, inbox), daemon=True).start()
        return inbox

    return start


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Opened]:
    """Start the command in a terminal of its own, as an interactive shell would."""
    with contextlib.ExitStack() as stack:

        def start(*arguments: str) -> tuple[Terminal, subprocess.Popen[bytes]]:
            ours, theirs = pty.openpty()
            stack.callback(os.close, ours)
            environment = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm", "COLUMNS": "80"}
            command = [sys.executable, "-m", "simnet", *arguments]
            running = subprocess.Popen(
                command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
            )
            os.close(theirs)
            stack.callback(running.wait, GUARD)
            stack.callback(running.kill)
            return Terminal(ours), running

        yield start
