"""What a supervised program leaves behind is ended, and it is run as it would have run alone."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest

import simnet
from simnet.trace.events import Attempt
from tests.campaigns.kill import play

QUIET: Final = "simnet: 1\nservices: {api: {}}\n"
Said = subprocess.CompletedProcess[str]


def run(command: Sequence[str], stdin: str = "") -> Said:
    """Run a program to its end, supervised."""
    with simnet.network(QUIET) as net, net.supervising() as supervision:
        launched, pipe = supervision.command(command, None), subprocess.PIPE
        with subprocess.Popen(launched, pass_fds=supervision.pass_fds, stdin=pipe, stdout=pipe, text=True) as program:
            supervision.started()
            said, _ = program.communicate(stdin, timeout=60)
    return Said(launched, program.returncode, said)


def test_a_daemon_does_not_outlive_the_program() -> None:
    """A process that has left its parent, its session and its output is ended when the program has ended."""
    code = """
import os, time
if os.fork() == 0:
    os.setsid()
    if (daemon := os.fork()):
        print(daemon, flush=True)
        os._exit(0)
    for own in range(3):
        os.close(own)
    time.sleep(300)
os.wait()
"""
    daemon = int(run([sys.executable, "-I", "-S", "-c", code]).stdout)
    with pytest.raises(ProcessLookupError):
        os.kill(daemon, 0)


def test_the_program_has_its_input_its_group_and_its_signals() -> None:
    """stdin comes through, the process group is the caller's own, and SIGPIPE ends a writer as anywhere."""
    code = "import os; print(input(), os.getpgrp())"
    assert run([sys.executable, "-I", "-S", "-c", code], "hello\n").stdout == f"hello {os.getpgrp()}\n"
    ignored = run(["sh", "-c", "grep SigIgn /proc/self/status"]).stdout.split()[1]
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        assert not int(ignored, 16) & 1 << number - 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGUSR1])
def test_it_ends_as_the_program_did(number: signal.Signals) -> None:
    """Who waits for it sees the signal that ended the program."""
    assert run(["sh", "-c", f"kill -{number} $$"]).returncode == -number


def test_five_hundred_processes_are_announced_and_ended() -> None:
    """A program that starts 500, each of which dials once and stays: all are counted, and none is left."""
    code = """
import os, socket, sys, time
at = sys.argv[1], int(sys.argv[2])
ends, begins = os.pipe()
for _ in range(500):
    if (child := os.fork()) == 0:
        socket.socket().connect(at)
        os.write(begins, b".")
        time.sleep(300)
    print(child)
for _ in range(500):
    os.read(ends, 1)
"""
    text = "simnet: 1\nservices: {api: {faults: [{fault: refuse, when: {attempts: 501-}, required: false}]}}\n"
    with simnet.network(text) as net, net.supervising() as supervision:
        program = [sys.executable, "-I", "-S", "-c", code, net["api"].address, str(net["api"].port)]
        with subprocess.Popen(
            supervision.command(program, None), pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, text=True
        ) as running:
            supervision.started()
            said, _ = running.communicate(timeout=90)
    assert running.returncode == 0
    assert [attempt.counted for attempt in net.trace.of(Attempt)] == ["by notifier"] * 500
    assert len(said.split()) == 500
    assert not [pid for pid in said.split() if os.path.exists(f"/proc/{pid}")]


def test_whoever_is_killed_nothing_is_left() -> None:
    """Three moments with --isolated and three without, as in the campaign `kill.py`."""
    tasks = [(seed, isolated) for seed in range(3) for isolated in (False, True)]
    with ThreadPoolExecutor(3) as pool:
        rounds = list(pool.map(lambda task: play(task[0], isolated=task[1]), tasks))
    assert [one.left for one in rounds] == [""] * 6, rounds
