"""`python tests/bench/supervision.py [ROUNDS]`: what supervision costs a program, as ratios to the same program without.

Law: as in `bench.py`: nothing passes or fails, contestants take turns, and the median of the rounds is told with its
spread. What a program takes is measured inside it, so that the start of the launcher is not counted; CPU time is told
beside the clock's, since what else the machine does is in the latter only.
"""

from __future__ import annotations

import contextlib
import json
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import simnet

ROUNDS = 7
CONNECTS = 1500
TREE = Path(simnet.__file__).parent.parent
TEXT = """
simnet: 1
services:
  plain: {}
  later: {faults: [{fault: refuse, when: {attempts: 10000000-}, required: false}]}
"""

TIMED = """
import json, resource, subprocess, sys, time
began, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
subprocess.run(sys.argv[1:], check=True)
after = resource.getrusage(resource.RUSAGE_CHILDREN)
cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
print(json.dumps([time.monotonic() - began, cpu]))
"""

STORM = (
    "import argparse, ast, asyncio, concurrent.futures, csv, ctypes, decimal, difflib, email.mime.text, http.client,"
    " inspect, json, logging.config, multiprocessing, pdb, pydoc, sqlite3, tarfile, unittest.mock, urllib.request,"
    " xml.dom.minidom, xmlrpc.client, zipfile"
)

DIALS = """
import json, socket, statistics, sys, time
at, took = (sys.argv[1], int(sys.argv[2])), []
for _ in range(int(sys.argv[3])):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\\1\\0\\0\\0\\0\\0\\0\\0")
    began = time.perf_counter()
    sock.connect(at)
    took.append(time.perf_counter() - began)
    sock.close()
print(json.dumps(statistics.median(took)))
"""

ACCEPTS = """
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    listener.accept()[0].close()
"""

Run = Callable[[Sequence[str]], str]

console = Console(highlight=False, width=None if sys.stdout.isatty() else 130)


def alone(command: Sequence[str]) -> str:
    """Run it as it is."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def supervised(net: simnet.World) -> Run:
    """Run it under the notifier of `net`."""

    def run(command: Sequence[str]) -> str:
        with net.supervising() as supervision:
            launched = supervision.command(command, None)
            with subprocess.Popen(launched, pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, text=True) as program:
                supervision.started()
                return program.communicate()[0]

    return run


def unrelated(net: simnet.World, rounds: int) -> None:
    """Programs with many system calls and no connect."""
    table = Table("Program", "Alone", "Supervised", "Ratio of CPU time", "Ratio of the clock's")
    with tempfile.TemporaryDirectory() as folder:
        programs = {
            "tar of a tree": ["tar", "-cf", f"{folder}/tree.tar", "--exclude=.git", "-C", str(TREE), "."],
            "an import storm": [sys.executable, "-I", "-B", "-c", STORM],
        }
        for name, program in programs.items():
            command = [sys.executable, "-I", "-S", "-c", TIMED, *program]
            alone(command)  # the tree is in the cache now
            found = [[json.loads(run(command)) for run in (alone, supervised(net))] for _ in range(rounds)]
            cpu = [with_it[1] / without[1] for without, with_it in found]
            clock = [with_it[0] / without[0] for without, with_it in found]
            seconds = [f"{statistics.median(pair[i][1] for pair in found) * 1000:.0f} ms" for i in (0, 1)]
            table.add_row(name, *seconds, _spread(cpu), _spread(clock))
    console.print("[bold]Unrelated programs[/]: CPU time without and with the notifier", table, "")


@contextlib.contextmanager
def stranger() -> Iterator[tuple[str, int]]:
    """A listener of another process, which accepts and closes."""
    with socket.create_server(("127.93.9.1", 0), backlog=4096) as listener:
        command = [sys.executable, "-I", "-S", "-c", ACCEPTS, str(listener.fileno())]
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as process:
            yield listener.getsockname()
            process.kill()


def connects(net: simnet.World, rounds: int) -> None:
    """What a connect costs, by whom it is made to."""
    table = Table("Connect to", "Alone", "Supervised", "More", "Ratio")
    with contextlib.ExitStack() as stack:
        where = {
            "a stranger": stack.enter_context(stranger()),
            "a service without faults": (net["plain"].address, net["plain"].port),
            "a service with a planned refusal": (net["later"].address, net["later"].port),
        }
        for name, (address, port) in where.items():
            command = [sys.executable, "-I", "-S", "-c", DIALS, address, str(port), str(CONNECTS)]
            found = [[float(run(command)) * 1e6 for run in (alone, supervised(net))] for _ in range(rounds)]
            medians = [statistics.median(pair[i] for pair in found) for i in (0, 1)]
            more = [with_it - without for without, with_it in found]
            ratios = [with_it / without for without, with_it in found]
            told = f"{statistics.median(more):.0f} µs ({min(more):.0f} to {max(more):.0f})"
            table.add_row(name, f"{medians[0]:.0f} µs", f"{medians[1]:.0f} µs", told, _spread(ratios))
    console.print(f"[bold]A connect[/]: the median of {CONNECTS:,} in one program", table)


def _spread(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.3f} ({min(ratios):.3f} to {max(ratios):.3f})"


def main() -> None:
    """Measure and tell."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    with simnet.network(TEXT) as net:
        unrelated(net, 2 * rounds)
        connects(net, rounds)


if __name__ == "__main__":
    main()
