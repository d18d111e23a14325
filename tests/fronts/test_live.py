"""`simnet run FILE` alone: the network stays up and is shown, on a terminal and elsewhere, until a signal."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import pty
import re
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

Write = Callable[[str], Path]

REFUSES_ONE = "services: {api: {faults: [{fault: refuse, when: {attempts: 1}}]}}\nexpect: [connections: {exactly: 1}]\n"


@contextlib.contextmanager
def started(command: list[str], output: int) -> Iterator[subprocess.Popen[bytes]]:
    """A command that runs, and does not outlive the test."""
    environment = os.environ | {"TERM": "xterm", "COLUMNS": "100", "LINES": "40"}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.PIPE, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def read_until(source: int, pattern: bytes) -> bytes:
    """What comes out until the pattern does."""
    got, until = b"", time.monotonic() + 60
    while not re.search(pattern, got, re.DOTALL) and time.monotonic() < until:
        if select.select([source], [], [], 1)[0]:
            new = os.read(source, 65536)
            assert new, got
            got += new
    assert re.search(pattern, got, re.DOTALL), got
    return got


def where(said: bytes) -> tuple[str, int]:
    """The address that was shown."""
    found = re.search(rb"tcp://([\d.]+):(\d+)", said)
    assert found
    return found[1].decode(), int(found[2])


def connect(address: tuple[str, int]) -> int:
    """The errno of one attempt."""
    with socket.socket() as sock:
        sock.settimeout(20)
        return sock.connect_ex(address)


def test_lines_where_nobody_watches(argv: list[str], scenario: Write) -> None:
    """The addresses, then a line for each event, then the summary; no escapes; Ctrl-C is its regular end."""
    reader, writer = os.pipe()
    with started([*argv, "run", str(scenario(REFUSES_ONE))], writer) as run, open(reader, "rb", buffering=0) as source:
        os.close(writer)
        address = where(read_until(reader, rb"door refuse"))
        assert connect(address) == errno.ECONNREFUSED
        said = read_until(reader, rb"door: open")
        assert connect(address) == 0
        said += read_until(reader, rb"connection 1 accepted")
        run.send_signal(signal.SIGINT)
        said += source.read() or b""
        assert run.wait(60) == 0, run.stderr and run.stderr.read()
    assert b"\x1b" not in said
    assert b"attempt 1" in said
    assert b"all held" in said


def test_a_table_on_a_terminal(argv: list[str], scenario: Write) -> None:
    """The table is drawn anew as the figures change."""
    ours, theirs = pty.openpty()
    with started([*argv, "run", str(scenario(REFUSES_ONE))], theirs) as run, os.fdopen(ours, "rb", buffering=0):
        os.close(theirs)
        address = where(read_until(ours, rb"refuse.*Ctrl-C ends it"))
        assert connect(address) == errno.ECONNREFUSED
        read_until(ours, rb"door: open.*Ctrl-C ends it")
        assert connect(address) == 0
        assert b"\x1b[" in read_until(ours, rb"connection 1 accepted.*Ctrl-C ends it")
        run.send_signal(signal.SIGINT)
        read_until(ours, rb"all held")
        assert run.wait(60) == 0


def test_json_at_the_end(argv: list[str], scenario: Write) -> None:
    """With --json the addresses are on stderr and the report is alone on stdout; what did not hold is a status."""
    with started([*argv, "run", str(scenario(REFUSES_ONE)), "--json"], subprocess.PIPE) as run:
        assert run.stderr is not None
        read_until(run.stderr.fileno(), rb"tcp://")
        run.send_signal(signal.SIGTERM)
        said, _ = run.communicate(timeout=60)
    got = json.loads(said)
    assert (run.returncode, got["status"], got["ok"]) == (100, 100, False)
    assert [one["check"] for one in got["differences"]] == ["connections", "proof"]
