"""`simnet run FILE -- CMD`: what CMD is given, what is reported where, and with which status it all ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import pty
import re
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Simnet = Callable[..., subprocess.CompletedProcess[str]]
Write = Callable[[str], Path]

QUIET = "services: {api: {}}\n"
REFUSES = "services: {api: {faults: [{fault: refuse, when: {attempts: 1-2}}]}}\n"
KNOCK = """
import os, socket, sys
for _ in range(int(sys.argv[1])):
    try:
        socket.create_connection((os.environ["SIMNET_API_HOST"], int(os.environ["SIMNET_API_PORT"])), 20).close()
        print("in")
    except OSError as error:
        print(error.errno)
sys.exit(int(sys.argv[2]))
"""


def knock(times: int, status: int = 0) -> list[str]:
    """A program that tries to connect so many times and exits with that status."""
    return [sys.executable, "-I", "-S", "-c", KNOCK, str(times), str(status)]


def test_cmd_meets_the_faults_and_its_output_stays_its_own(simnet: Simnet, scenario: Write) -> None:
    """CMD's stdout holds what CMD wrote and nothing else; the report is on stderr."""
    ran = simnet("run", scenario(REFUSES), "--", *knock(2))
    assert (ran.stdout, ran.returncode) == ("111\n111\n", 0)
    assert "applied 2×" in ran.stderr
    assert "all held" in ran.stderr


def test_the_environment_names_every_service(simnet: Simnet, scenario: Write) -> None:
    """Host, port, address and URL of each service are in CMD's environment, beside what was there before."""
    code = "import os, json; print(json.dumps(dict(os.environ)))"
    file = scenario("services: {the-api: {at: ':8123', speaks: http}}\n")
    ran = simnet("run", file, "--", sys.executable, "-c", code, environment={"KEPT": "yes"})
    got = json.loads(ran.stdout)
    host = got["SIMNET_THE_API_HOST"]
    assert re.fullmatch(r"127\.\d+\.\d+\.\d+", host)
    assert (got["SIMNET_THE_API_PORT"], got["SIMNET_THE_API_ADDR"]) == ("8123", f"{host}:8123")
    assert (got["SIMNET_THE_API_URL"], got["KEPT"]) == (f"http://{host}:8123", "yes")


def test_cmd_gets_the_limit_of_open_files(simnet: Simnet, scenario: Write) -> None:
    """`client: {open_files: n}` is CMD's RLIMIT_NOFILE, soft and hard."""
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"
    ran = simnet("run", scenario(QUIET + "client: {open_files: 32}\n"), "--", sys.executable, "-c", code)
    assert (ran.stdout, ran.returncode) == ("(32, 32)\n", 0)


@pytest.mark.parametrize(
    ("expect", "command", "status"),
    [
        ("", knock(0, 3), 3),
        ("", ["sh", "-c", "kill -KILL $$"], 128 + signal.SIGKILL),
        ("expect: [attempts: {exactly: 1}]", knock(1), 0),
        ("expect: [attempts: {exactly: 2}]", knock(1), 100),
        ("expect: [attempts: {exactly: 2}]", knock(1, 3), 3),
        ("expect: [finishes: {exit: 3}]", knock(0, 3), 0),
        ("expect: [finishes: {exit: 0}]", knock(0, 3), 100),
    ],
)
def test_the_status(simnet: Simnet, scenario: Write, expect: str, command: list[str], status: int) -> None:
    """CMD's own status comes first, unless the scenario judges it; then it is held (0) or not (100)."""
    assert simnet("run", scenario(QUIET + expect), "--", *command).returncode == status


def test_a_fault_that_was_not_reached_fails_the_run(simnet: Simnet, scenario: Write) -> None:
    """A required fault that nothing came to is a difference, and the status says so."""
    ran = simnet("run", scenario(REFUSES), "--", *knock(0))
    assert ran.returncode == 100
    assert "fault 1 (refuse) was never reached" in ran.stderr


@pytest.mark.parametrize(
    ("command", "status", "says"), [("no-such-program", 127, "not found"), (__file__, 126, "not exec")]
)
def test_a_program_that_cannot_be_run(simnet: Simnet, scenario: Write, command: str, status: int, says: str) -> None:
    """It is known before anything runs, and nothing but that is said."""
    ran = simnet("run", scenario(QUIET), "--", command)
    assert (ran.returncode, ran.stdout, len(ran.stderr.splitlines())) == (status, "", 1)
    assert says in ran.stderr


def test_a_program_that_would_lack_its_privileges_is_not_started(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """A set-user-ID program of another user would run without what it is set to: that is told before anything runs."""
    program = next((found for name in ("su", "passwd", "newgrp") if (found := shutil.which(name))), "")
    if os.geteuid() == 0:
        program = str(shutil.copy("/bin/echo", tmp_path))
        os.chown(program, 65534, -1)
        os.chmod(program, 0o4755)
    if not program or not os.stat(program).st_mode & stat.S_ISUID:
        pytest.skip("there is no set-user-ID program")
    ran = simnet("run", scenario(QUIET), "--", program, "started")
    assert (ran.returncode, ran.stdout) == (69, "")
    assert f"{program} has set-user-ID" in ran.stderr


def test_json_is_alone_on_stdout(simnet: Simnet, scenario: Write) -> None:
    """With --json stdout is one document and CMD's output is on stderr."""
    ran = simnet("run", scenario(REFUSES), "--seed", "5", "--json", "--", *knock(2, 4))
    got = json.loads(ran.stdout)
    assert (got["seed"], got["status"], ran.returncode, ran.stderr) == (5, 4, 4, "111\n111\n")
    assert (got["ok"], got["client"]["status"], got["services"][0]["attempts"]) == (True, 4, 2)
    assert [one["evidence"]["errno"] for one in got["faults"][0]["applied"]] == ["ECONNREFUSED"] * 2


def test_a_stored_trace_can_be_drawn(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """`--trace` stores what `simnet trace` draws; its JSON has every event."""
    stored = tmp_path / "run.jsonl"
    simnet("run", scenario(REFUSES), "--trace", stored, "--", *knock(2))
    drawn = simnet("trace", stored)
    assert (drawn.returncode, drawn.stderr) == (0, "")
    assert "SYN · attempt 2" in drawn.stdout
    assert "applied 2×" in drawn.stdout
    events = json.loads(simnet("trace", stored, "--json").stdout)["events"]
    assert [event["event"] for event in (events[0], events[-1])] == ["ServiceUp", "WorldDown"]


def test_what_is_no_trace_is_rejected(simnet: Simnet, scenario: Write) -> None:
    """The file is named, with no traceback."""
    ran = simnet("trace", scenario(QUIET))
    assert ran.returncode == 65
    assert "scenario.yaml: line 1 is not of a simnet trace" in ran.stderr


def test_a_trace_that_cannot_be_written_is_known_first(simnet: Simnet, scenario: Write, tmp_path: Path) -> None:
    """CMD is not even started."""
    ran = simnet("run", scenario(QUIET), "--trace", tmp_path / "no" / "folder.jsonl", "--", "echo", "started")
    assert (ran.returncode, ran.stdout) == (69, "")


def test_an_address_that_somebody_holds(simnet: Simnet, scenario: Write, argv: list[str]) -> None:
    """It is the machine's fault, and the message names the holder and the cure."""
    file = scenario("services: {api: {at: '127.77.3.1:8080'}}\n")
    ran = simnet("run", file, "--", *argv, "run", file, "--", "true")
    assert ran.returncode == 69
    assert "EADDRINUSE" in ran.stderr


HANGS = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(300)"])
print(child.pid, flush=True)
time.sleep(300)
"""


def test_cmd_that_overruns_is_ended_with_all_it_started(simnet: Simnet, scenario: Write) -> None:
    """At the limit of `finishes: within` CMD and its children are ended and the run has not held."""
    file = scenario(QUIET + "expect: [finishes: {within: 1s}]\n")
    ran = simnet("run", file, "--", sys.executable, "-I", "-S", "-c", HANGS)
    assert ran.returncode == 100
    assert "simnet stopped it" in ran.stderr
    assert is_gone(int(ran.stdout))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_cmd_and_everything_is_put_in_order(
    argv: list[str], scenario: Write, number: signal.Signals
) -> None:
    """CMD is ended, the summary is printed, and the status is that of the signal."""
    with started([*argv, "run", str(scenario(QUIET)), "--", sys.executable, "-I", "-S", "-c", HANGS]) as run:
        assert run.stdout is not None
        pid = int(run.stdout.readline())
        run.send_signal(number)
        _, said = run.communicate(timeout=90)
    assert run.returncode == 128 + number
    assert "simnet ended it" in said
    assert is_gone(pid)


def test_a_ctrl_c_at_the_terminal_is_cmds_too(argv: list[str], scenario: Write) -> None:
    """CMD, which has the terminal, ends in its own way and in its own time before simnet ends it."""
    code = """
import time
try:
    print("ready", flush=True)
    time.sleep(300)
except KeyboardInterrupt:
    time.sleep(0.3)
    print("in order", flush=True)
"""
    command = [*argv, "run", str(scenario(QUIET)), "--", sys.executable, "-I", "-S", "-c", code]
    terminal, theirs = pty.openpty()
    with open(terminal, "r+b", buffering=0) as typed:
        run = subprocess.Popen(
            [sys.executable, "-c", AT_A_TERMINAL, *command], stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        with run:
            while b"ready" not in typed.readline():
                pass
            typed.write(b"\x03")
            said = b"".join(iter(lambda: _line(typed), b""))
    assert run.returncode == 128 + signal.SIGINT
    assert b"in order" in said


AT_A_TERMINAL = """
import fcntl, os, sys, termios
os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


def _line(typed: io.FileIO) -> bytes:
    try:
        return typed.readline()
    except OSError:  # EIO: nobody has the terminal any more (pty(7))
        return b""


def test_cmd_that_ignores_sigterm_is_killed(argv: list[str], scenario: Write) -> None:
    """After the grace, or at the second signal, comes SIGKILL."""
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(300)"
    with started([*argv, "run", str(scenario(QUIET)), "--", sys.executable, "-I", "-S", "-c", code]) as run:
        assert run.stdout is not None
        run.stdout.readline()
        run.send_signal(signal.SIGTERM)
        _, said = run.communicate(timeout=90)
    assert "ended by signal 9" in said


@contextlib.contextmanager
def started(command: list[str]) -> Iterator[subprocess.Popen[str]]:
    """A command that runs, and does not outlive the test."""
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def is_gone(pid: int) -> bool:
    """Whether the process has ended (a zombie that nobody has reaped has ended too)."""
    return soon(lambda: _state(pid) in {"", "Z"})


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


def soon(holds: Callable[[], bool]) -> bool:
    """Whether it comes to hold within a generous time."""
    until = time.monotonic() + 30
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()
