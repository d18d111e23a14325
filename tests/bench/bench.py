"""`python tests/bench/bench.py [SECTION ...]`: speed, accuracy and scale, as ratios to bare servers in the same run.

Law: nothing here passes or fails; figures depend on the machine and ratios less so. The contestants take turns in several
rounds, so that what else the machine does hits all alike, and the median of the rounds is told with its spread.
"""

from __future__ import annotations

import contextlib
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

from tests.bench.load import Endpoint, Question, connection_rate, exchange_rate, round_trips
from tests.bench.servers import REPLY

ECHO = Question(b"x" * 64, 64)
HTTP = Question(b"GET / HTTP/1.1\r\nHost: bench\r\n\r\n", len(REPLY))
CONTESTANTS = ("simnet", "asyncio", "threads")
ROUNDS = 5
SECONDS = 1.0
CONNECTIONS = 16

console = Console(highlight=False, width=None if sys.stdout.isatty() else 150)


@contextlib.contextmanager
def server(which: str, protocol: str, faults: str = "") -> Iterator[Endpoint]:
    """A server in a process of its own."""
    command = [sys.executable, str(Path(__file__).with_name("servers.py")), which, protocol, faults]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent.parent)}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as process:
        assert process.stdout is not None
        address, port = process.stdout.readline().split()
        yield address, int(port)
        process.communicate()


def in_turns(measure: Callable[[Endpoint], float], protocol: str) -> dict[str, list[float]]:
    """What each contestant comes to in each round, taking turns."""
    found: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(server(name, protocol)) for name in CONTESTANTS}
        for _ in range(ROUNDS):
            for name, where in servers.items():
                found[name].append(measure(where))
    return found


def speed() -> None:
    """Exchanges and connections per second."""
    table = _table("", *CONTESTANTS, "simnet / asyncio", "simnet / threads")
    cases: Sequence[tuple[str, str, Callable[[Endpoint], float]]] = [
        (f"echo, 64 B, {CONNECTIONS} connections", "echo", lambda at: exchange_rate(at, ECHO, CONNECTIONS, SECONDS)),
        (
            f"HTTP GET, keep-alive, {CONNECTIONS} connections",
            "http",
            lambda at: exchange_rate(at, HTTP, CONNECTIONS, SECONDS),
        ),
        ("echo, a connection each", "echo", lambda at: connection_rate(at, ECHO, SECONDS)),
        ("HTTP GET, a connection each", "http", lambda at: connection_rate(at, HTTP, SECONDS)),
    ]
    for name, protocol, measure in cases:
        found = in_turns(measure, protocol)
        table.add_row(name, *(f"{_middle(found[each]):,.0f} /s" for each in CONTESTANTS), *_ratios(found))
    console.print("[bold]Speed[/]: exchanges and connections per second", table, "")


def added_latency() -> None:
    """One round trip at a time, with no fault in place."""
    table = _table("one at a time", *(f"{name} {part}" for name in CONTESTANTS for part in ("p50", "p99")), "added p50")
    for name, protocol, question in (("echo, 64 B", "echo", ECHO), ("HTTP GET", "http", HTTP)):
        found: dict[str, list[float]] = {each: [] for each in CONTESTANTS}
        with contextlib.ExitStack() as stack:
            servers = {each: stack.enter_context(server(each, protocol)) for each in CONTESTANTS}
            for _ in range(ROUNDS):
                for each, where in servers.items():
                    found[each] += round_trips(where, question, 2000)
        cells = [_microseconds(_part(found[each], part)) for each in CONTESTANTS for part in (0.5, 0.99)]
        added = _part(found["simnet"], 0.5) - _part(found["asyncio"], 0.5)
        table.add_row(name, *cells, f"{_microseconds(added)} to asyncio")
    console.print("[bold]Added latency[/] of a service with no fault", table, "")


def accuracy() -> None:
    """The fault `latency`: asked against observed."""
    table = _table("asked", "observed p50", "p99", "error p50", "p99", "n")
    for asked, count in ((1, 400), (10, 300), (50, 100), (250, 20)):
        with server("simnet", "echo", f"{{fault: latency, delay: {asked}ms}}") as where:
            found = round_trips(where, ECHO, count)
        p50, p99 = _part(found, 0.5), _part(found, 0.99)
        errors = [f"+{(part * 1000 - asked):.3f} ms" for part in (p50, p99)]
        table.add_row(f"{asked} ms", f"{p50 * 1e3:.3f} ms", f"{p99 * 1e3:.3f} ms", *errors, f"{count}")
    console.print("[bold]Accuracy[/] of `latency`, round trip of 64 B", table, "")


def scale() -> None:
    """Many services in one world."""
    table = _table("services in one world", "up in", "down in", "memory each", "descriptors each")
    for count in (100, 1000, 5000):
        code = SCALE % count
        said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
        up, down, memory, descriptors = map(float, said.stdout.split())
        table.add_row(
            f"{count}", f"{up:.3f} s", f"{down:.3f} s", f"{memory / count:.1f} KiB", f"{descriptors / count:.2f}"
        )
    console.print("[bold]Scale[/]", table, "")


SCALE = """
import os, resource, time
import simnet
soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
def memory():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1024
from simnet.scenario import ServiceSpec
scenario = simnet.Scenario(services={f"s{number}": ServiceSpec() for number in range(%d)})
with simnet.network("simnet: 1\\nservices: {a: {}}\\n"):
    pass
before, files = memory(), len(os.listdir("/proc/self/fd"))
began = time.perf_counter()
with simnet.network(scenario) as net:
    up = time.perf_counter() - began
    used, open_files = memory() - before, len(os.listdir("/proc/self/fd")) - files
    leaving = time.perf_counter()
print(up, time.perf_counter() - leaving, used, open_files)
"""

SECTIONS: Mapping[str, Callable[[], None]] = {
    "speed": speed, "added_latency": added_latency, "accuracy": accuracy, "scale": scale,
}  # fmt: skip


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", no_wrap=True)
    return table


def _middle(found: Sequence[float]) -> float:
    return statistics.median(found)


def _ratios(found: Mapping[str, Sequence[float]]) -> Iterator[str]:
    """The ratio in each round, so that a slow moment of the machine cancels out: the median and its spread."""
    for other in CONTESTANTS[1:]:
        ratios = [ours / theirs for ours, theirs in zip(found["simnet"], found[other], strict=True)]
        yield f"{_middle(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def _part(found: Sequence[float], part: float) -> float:
    return sorted(found)[int(part * (len(found) - 1))]


def _microseconds(seconds: float) -> str:
    return f"{seconds * 1e6:.0f} us"


def main(*names: str) -> None:
    """Run the sections that are named, or all."""
    unknown = set(names) - set(SECTIONS)
    if unknown:
        sys.exit(f"there is no section {', '.join(sorted(unknown))}; there are {', '.join(SECTIONS)}")
    began = time.perf_counter()
    uname = os.uname()
    console.print(f"simnet on {uname.sysname} {uname.release}, Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    for name in names or SECTIONS:
        SECTIONS[name]()
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    console.print(f"[dim]{time.perf_counter() - began:.0f} s; largest process {peak:.0f} MiB[/]")


if __name__ == "__main__":
    main(*sys.argv[1:])
