"""`python tests/campaigns/agreement.py [--schedules 200]`: each family of clients on the virtual and on the real network.

Law: every schedule is met by an unmodified client on both; what differs is printed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import simnet

sys.path.insert(0, str(Path(__file__).parent))

from causal import CLIENTS, schedule  # type: ignore[import-not-found]


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
        began, found = time.perf_counter(), 0
        for number in range(said.first, said.first + said.schedules):
            try:
                simnet.assert_agrees(schedule(number), client, loop=loop)
            except simnet.ExpectationError as error:
                found += 1
                print(f"{name}, schedule {number}: {error}", flush=True)
        differences += found
        print(f"{name}: {said.schedules} schedules, {found} differences, {time.perf_counter() - began:.0f} s", flush=True)
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
