"""Shows every exhibit of the museum again and again, and says how often each was as told.

    python tests/campaigns/museum.py [TIMES] [JOBS] [NAME ...]

Law: an exhibit that is not as told every time is no exhibit: it would be taken for a mended bug. More jobs than CPUs
starve the clients, which is what a class of thirty does. Needs pip and npm, and what they install (some minutes at first).
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence

from simnet.fronts.inbox import StoppedError, catching_signals
from simnet.fronts.museum.batch import show_all
from simnet.fronts.museum.collection import collection, find
from simnet.fronts.museum.record import Record


def main(times: int, jobs: int, names: Sequence[str]) -> int:
    """The status: 0 if each was as told every time."""
    exhibits = [one for name in names for one in find(name)] or list(collection())
    told, troubles = Counter[str](), Counter[str]()

    def hear(record: Record) -> None:
        told[record.name] += record.as_told
        for side in (record.bad, record.good):
            if not side.as_told:
                troubles[f"{record.name}, {side.name}: {side.departure or side.unavailable}"] += 1

    with catching_signals() as inbox:
        try:
            for _ in range(times):
                show_all(exhibits, jobs, inbox, hear)
        except StoppedError as stopped:
            return 128 + stopped.number
    for one in exhibits:
        print(f"{told[one.name]:4} of {times}  {one.name}")
    for trouble, count in troubles.most_common():
        print(f"{count:4} times  {trouble}")
    return int(bool(troubles))


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main(int((given[:1] or ["3"])[0]), int((given[1:2] or ["4"])[0]), given[2:]))
