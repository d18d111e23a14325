"""`python tests/campaigns/refuse_two.py [--rounds 200] [CLIENT ...]`: refuse exactly two, serve the third, so many times.

Each round is a network of its own and a new process of the client. A round holds if the client got its reply, the trace
has three attempts, announced by the notifier, and the kernel proves that the first two, and no others, were refused.
Ends with status 1 if a single round did not hold.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parent.parent.parent))

import simnet
from simnet.trace.events import Applied, Attempt, Failed
from tests.clients.retrying import CLIENTS

TEXT = "simnet: 1\nservices: {api: {speaks: http, faults: [{fault: refuse, when: {attempts: 1-2}}]}}\n"
LONGEST = 120.0
"""Seconds for one client, on a machine under heavy load."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of one: what was wrong ("" if nothing), how many attempts, and the seconds of the client."""

    wrong: str
    attempts: int
    seconds: float


def play(command: Sequence[str]) -> Round:
    """One network, one client."""
    began = time.monotonic()
    with simnet.network(TEXT) as net, net.supervising() as supervision:
        launched = supervision.command([*command, net["api"].url], None)
        pipe = subprocess.PIPE
        with subprocess.Popen(
            launched, pass_fds=supervision.pass_fds, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
        ) as client:
            supervision.started()
            try:
                said, complained = client.communicate(timeout=LONGEST)
            except subprocess.TimeoutExpired:
                client.kill()
                said, complained = "", "it did not come to an end"
        took = time.monotonic() - began
    return Round(_wrong(net.trace, client.returncode, said, complained), net.trace.attempts(), took)


def _wrong(trace: simnet.Trace, status: int, said: str, complained: str) -> str:
    attempts = [(attempt.door, attempt.counted) for attempt in trace.of(Attempt)]
    if (status, said) != (0, "hello from simnet\n"):
        return f"status {status}, said {said!r}, {complained.strip()[:80]}"
    if attempts != [("refuse", "by notifier")] * 2 + [("open", "by notifier")]:
        return f"attempts {attempts}"
    targets = sorted((proof.target, proof.evidence.get("errno")) for proof in trace.of(Applied))
    if trace.of(Failed) or targets != [("attempt 1", "ECONNREFUSED"), ("attempt 2", "ECONNREFUSED")]:
        return f"proofs {targets}, failed {trace.of(Failed)}"
    return ""


def main() -> int:
    """Play, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--beside", type=int, default=6, help="how many rounds run at the same time")
    parser.add_argument("clients", nargs="*", metavar="CLIENT", help=", ".join(CLIENTS))
    asked = parser.parse_args()
    table = Table("Client", "Rounds", "Held", "Attempts", "Seconds each", "What was wrong")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in asked.clients or CLIENTS:
            if missing := CLIENTS[name].missing:
                table.add_row(name, "0", "", "", "", f"skipped: {missing} is not installed")
                continue
            place = Path(folder, name.replace("/", " "))
            place.mkdir()
            command = CLIENTS[name].prepare(place)
            with ThreadPoolExecutor(asked.beside) as pool:
                rounds = list(pool.map(lambda _, command=command: play(command), range(asked.rounds)))
            wrong = Counter(one.wrong for one in rounds if one.wrong)
            failed += wrong.total()
            attempts = ", ".join(f"{n} ({count}×)" for n, count in sorted(Counter(r.attempts for r in rounds).items()))
            middle = f"{statistics.median(one.seconds for one in rounds):.2f}"
            said = "; ".join(f"{count}× {why}" for why, count in wrong.most_common(3))
            table.add_row(name, str(len(rounds)), str(len(rounds) - wrong.total()), attempts, middle, said)
    Console(highlight=False).print(table)
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
