"""`python tests/campaigns/kill.py [--rounds 100] [--seed N]`: whoever is killed, and whenever, nothing is left.

Each round starts `simnet run`, with or without --isolated, for a program that starts others: one that dials all the
time, one that has left its session and its parent, one that ignores SIGTERM. At a random moment one process of all
those is killed (simnet's own among them), or simnet is told to end. A round holds if a moment later no process of it is
left, none is in its network namespace, and its address can be bound. Ends with status 1 if a round did not hold.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

WHILE_STARTING, WHILE_RUNNING = 1.0, 0.5
"""Within so many seconds from the start somebody is killed, or from when CMD runs, in turns."""

SETTLES_WITHIN = 30.0
"""Seconds until everybody must be gone: the grace for CMD is two of them, the rest is for a machine under load."""

SCENARIO = "simnet: 1\nservices: {{api: {{at: '{at}', faults: [{{fault: refuse, when: {{attempts: 3-5}}}}]}}}}\n"

TREE = """
import os, signal, subprocess, sys, time
at = os.environ["SIMNET_API_HOST"], os.environ["SIMNET_API_PORT"]
open(sys.argv[1], "w").write(os.readlink("/proc/self/ns/net"))
dials = "import socket, sys\\nwhile True: socket.socket().connect_ex((sys.argv[1], int(sys.argv[2])))"
deaf = "import signal, time\\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\\ntime.sleep(300)"
subprocess.Popen([sys.executable, "-I", "-S", "-c", dials, *at])
subprocess.Popen([sys.executable, "-I", "-S", "-c", deaf], start_new_session=True)
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(300)
    os._exit(0)
time.sleep(300)
"""


@dataclass(frozen=True, slots=True)
class Round:
    """Who was killed, how, after how many seconds, and what was left ("" if nothing)."""

    isolated: bool
    whom: str
    how: str
    after: float
    left: str


def play(seed: int, *, isolated: bool) -> Round:
    """One run, one killing, decided by `seed`."""
    draw = random.Random(f"{seed} {isolated}")
    at = f"127.95.{draw.randrange(1, 255)}.{draw.randrange(1, 255)}", draw.randrange(2000, 30000)
    with tempfile.TemporaryDirectory() as folder:
        file, network, mark = Path(folder, "kill.yaml"), Path(folder, "net"), f"{folder}:{seed}"
        file.write_text(SCENARIO.format(at=f"{at[0]}:{at[1]}"), "utf-8")
        options = ["--isolated"] if isolated else []
        program = ["--", sys.executable, "-I", "-S", "-c", TREE, str(network)]
        began = time.monotonic()
        quiet = subprocess.DEVNULL
        with subprocess.Popen(
            [sys.executable, "-m", "simnet", "run", *options, str(file), *program],
            stdin=quiet, stdout=quiet, stderr=quiet, env={**os.environ, "SIMNET_CAMPAIGN": mark},
        ) as started:  # fmt: skip
            _wait(network, draw)
            after = time.monotonic() - began
            whom, how = _strike(started.pid, _marked(mark), draw)
            if whom == "CMD or a child":  # it need not be the one that simnet waits for
                with contextlib.suppress(subprocess.TimeoutExpired):
                    started.wait(draw.random())
                started.kill()
            try:
                started.wait(SETTLES_WITHIN)
            except subprocess.TimeoutExpired:
                whom += ", and simnet went on"
                started.kill()
        left = _left(mark, network, at)
        for pid in _marked(mark):
            os.kill(pid, signal.SIGKILL)  # it has our own mark: what a round that did not hold has left
    return Round(isolated, whom, how, after, left)


def _wait(network: Path, draw: random.Random) -> None:
    """Until the moment has come."""
    if draw.random() < 0.5:
        time.sleep(draw.random() * WHILE_STARTING)
        return
    until = time.monotonic() + SETTLES_WITHIN
    while not network.exists() and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(draw.random() * WHILE_RUNNING)


def _strike(started: int, everybody: dict[int, str], draw: random.Random) -> tuple[str, str]:
    """Kill one of them all, or tell simnet to end."""
    how = draw.choice([signal.SIGKILL, signal.SIGKILL, signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
    pid = draw.choice(sorted(everybody)) if everybody and how is signal.SIGKILL else started
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, how)
    return everybody.get(pid, "simnet"), how.name


def _marked(mark: str) -> dict[int, str]:
    """Every process that has our mark in its environment, by what it is."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"SIMNET_CAMPAIGN={mark}".encode() in (entry / "environ").read_bytes().split(b"\0"):
                found[int(entry.name)] = _role((entry / "cmdline").read_bytes())
    return found


def _role(command: bytes) -> str:
    scripts = {b"unshare.py": "outside or init", b"launch.py": "a warden", b"simnet\0run\0": "simnet"}
    for script, role in scripts.items():
        if script in command:
            return role
    return "CMD or a child"


def _left(mark: str, network: Path, at: tuple[str, int]) -> str:
    """What is still there after the time that it may take; "" if nothing is."""
    until = time.monotonic() + SETTLES_WITHIN
    while (found := _remains(mark, network, at)) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def _remains(mark: str, network: Path, at: tuple[str, int]) -> str:
    if people := _marked(mark):
        return f"{len(people)} processes: {', '.join(sorted(people.values()))}"
    own = os.readlink("/proc/self/ns/net")
    if network.exists() and (name := network.read_text()) not in {"", own} and (alien := _in_network(name)):
        return f"process {alien} in {name}"
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            sock.bind(at)
            sock.listen()
        except OSError as error:
            return f"{at[0]}:{at[1]} is held: {error.strerror}"
    return ""


def _in_network(name: str) -> str:
    """A process in that network namespace that is not of another round (whose namespace may have got the number)."""
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.readlink(entry / "ns/net") == name and b"SIMNET_CAMPAIGN=" not in (entry / "environ").read_bytes():
                return entry.name
    return ""


def main() -> int:
    """Play, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100, help="with --isolated, and as many without")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    parser.add_argument("--beside", type=int, default=4, help="how many rounds run at the same time")
    asked = parser.parse_args()
    sys.stdout.write(f"seed {asked.seed}\n")
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell ignores it for what it starts in the background
    tasks = [(asked.seed + number, isolated) for isolated in (False, True) for number in range(asked.rounds)]
    with ThreadPoolExecutor(asked.beside) as pool:
        rounds = list(pool.map(lambda task: play(task[0], isolated=task[1]), tasks))
    counts = Counter((one.isolated, f"{one.whom} by {one.how}", one.left) for one in rounds)
    for (isolated, what, left), count in sorted(counts.items()):
        where = "isolated" if isolated else "plain"
        sys.stdout.write(f"{count:>5}×  {where:<9} {what:<32} {left or 'nothing left'}\n")
    held = sum(not one.left for one in rounds)
    moments = sorted(one.after for one in rounds)
    sys.stdout.write(f"{held} of {len(rounds)} held, at moments from {moments[0]:.2f} to {moments[-1]:.2f} s\n")
    return int(held < len(rounds))


if __name__ == "__main__":
    sys.exit(main())
