"""`python tests/campaigns/planted_bugs.py [--seeds 10] [--no-sockets]`: how surely planted bugs are found and shrunk.

Law: each bug of `planted_clients.py` is sought with Hypothesis' default number of examples, once for each seed, in virtual
time. What was saved is played again on real sockets. It prints a table, and fails where a bug was found with fewer than
nine seeds in ten, or did not fail again.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from hypothesis import Phase, given, settings
from hypothesis import seed as seeded

import simnet

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.campaigns.planted_clients import PLANTED, Planted

SEARCH = (Phase.generate, Phase.target, Phase.shrink)


@dataclass(frozen=True)
class Found:
    """What came of one search."""

    first: int | None
    """The number of the example that failed first; None if none did."""
    runs: int
    smallest: simnet.Scenario | None
    fails_again: bool
    seconds: float

    def is_smallest(self, planted: Planted) -> bool:
        """Whether it shrank to the schedule that was known."""
        faults = () if self.smallest is None else self.smallest.services["api"].faults
        places = tuple(str(fault.when).replace("s ", " ") for fault in faults)
        return (
            Counter(fault.kind for fault in faults) in planted.smallest and places[: len(planted.where)] == planted.where
        )


def search(planted: Planted, seed: int, folder: Path, *, sockets: bool) -> Found:
    """Seek the bug with one seed, and play what was found on real sockets."""
    runs = 0
    first: int | None = None

    @functools.wraps(planted.holds)
    async def counted(sim: simnet.Trial, scenario: simnet.Scenario) -> None:
        nonlocal runs, first
        runs += 1
        try:
            await planted.holds(sim, scenario)
        except Exception:
            first = first or runs
            raise

    test = simnet.virtual(save_failing=folder, targets=planted.targets)(counted)
    began = time.process_time()
    sought = settings(database=None, deadline=None, phases=SEARCH, report_multiple_bugs=False)
    with contextlib.suppress(Exception):  # whatever the property raises is what is sought
        seeded(seed)(sought(given(scenario=planted.tried())(test)))()
    seconds = time.process_time() - began
    saved = next(iter(folder.glob("*.yaml")), None)
    smallest = None if saved is None else simnet.load_file(saved)
    again = sockets and saved is not None and fails_on_sockets(planted, saved)
    return Found(first, runs, smallest, again, seconds)


def fails_on_sockets(planted: Planted, saved: Path) -> bool:
    """Whether the property is broken by that file on the real network too."""
    try:
        simnet.real(planted.holds)(scenario=saved)
    except Exception:  # noqa: BLE001 - likewise
        return True
    return False


def main() -> int:
    """The table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--no-sockets", action="store_true")
    options = parser.parse_args()
    print(
        f"{'bug':38} {'found':>7} {'first at':>9} {'smallest':>9} {'on sockets':>11} {'runs':>6} {'s each':>7}  shrunk to"
    )
    good = True
    for name, planted in PLANTED.items():
        found = [_one(planted, seed, sockets=not options.no_sockets) for seed in range(options.seeds)]
        good &= _row(name, planted, found, sockets=not options.no_sockets)
    return 0 if good else 1


def _one(planted: Planted, seed: int, *, sockets: bool) -> Found:
    with tempfile.TemporaryDirectory() as folder:
        return search(planted, seed, Path(folder), sockets=sockets)


def _row(name: str, planted: Planted, found: list[Found], *, sockets: bool) -> bool:
    hits = [one for one in found if one.first is not None]
    firsts = sorted(one.first for one in hits if one.first is not None)
    smallest, again = sum(one.is_smallest(planted) for one in hits), sum(one.fails_again for one in hits)
    runs, seconds = (sum(values) / len(found) for values in ([one.runs for one in found], [one.seconds for one in found]))
    titles = Counter(one.smallest.title for one in hits if one.smallest is not None).most_common(1)
    shown = titles[0][0] if titles else "-"
    median = firsts[len(firsts) // 2] if firsts else "-"
    total = len(found)
    print(
        f"{name:38} {f'{len(hits)}/{total}':>7} {median:>9} {f'{smallest}/{total}':>9}"
        f" {f'{again}/{len(hits)}' if sockets else '-':>11} {runs:>6.0f} {seconds:>7.1f}  {shown}",
        flush=True,
    )
    return len(hits) >= 0.9 * total and (not sockets or again == len(hits))


if __name__ == "__main__":
    sys.exit(main())
