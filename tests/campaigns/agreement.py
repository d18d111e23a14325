"""`python tests/campaigns/agreement.py [--schedules 200]`: each family of clients on the virtual and on the real network.

Law: every schedule is met by an unmodified client on both; what differs three times in a row is printed, and the exit status
is 1. What differs once on a busy machine is a client that lost its patience with the machine, and is counted as repeated.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import simnet
from simnet.scenario import Scenario

sys.path.insert(0, str(Path(__file__).parent))

from causal import CLIENTS, schedule  # type: ignore[import-not-found]

TIMES = 3


def main() -> int:
    """Compare, and count."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--schedules", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--client", choices=CLIENTS, action="append")
    said = parser.parse_args()
    differences = 0
    for name in said.client or CLIENTS:
        loop, client = CLIENTS[name]
        began, found, repeated = time.perf_counter(), 0, 0
        for number in range(said.first, said.first + said.schedules):
            difference, again = compare(schedule(number), client, loop)
            repeated += again
            if difference:
                found += 1
                print(f"{name}, schedule {number}: {difference}", flush=True)
        differences += found
        seconds = time.perf_counter() - began
        print(
            f"{name}: {said.schedules} schedules, {found} differences, {repeated} repetitions, {seconds:.0f} s",
            flush=True,
        )
    return 1 if differences else 0


def compare(scenario: Scenario, client: Callable[..., Any], loop: Any) -> tuple[str, int]:
    """What differs each time, "" if nothing does; and how often it was tried again."""
    found = ""
    for again in range(TIMES):
        try:
            simnet.assert_agrees(scenario, client, loop=loop)
        except simnet.ExpectationError as error:
            found = str(error)
        else:
            return "", again
    return found, TIMES - 1


if __name__ == "__main__":
    sys.exit(main())
