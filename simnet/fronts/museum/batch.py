"""Many exhibits side by side: each by a command of its own, and what came of each.

Law: no exhibit can do anything to another or to us, and each is bounded. A signal to us ends them all, and waits until
nothing of them is left (see `side_by_side.py`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Final

from simnet.fronts.inbox import Inbox, StoppedError
from simnet.fronts.museum.collection import Exhibit
from simnet.fronts.museum.record import Record
from simnet.fronts.side_by_side import SideBySide

__all__ = ["BrokenError", "show_all"]

MOST: Final = 1500.0
"""Seconds for one exhibit: two installations and two runs at their limits."""


class BrokenError(Exception):
    """A command of ours ended without an answer; the message is its last words."""


def show_all(exhibits: Sequence[Exhibit], jobs: int, inbox: Inbox, tell: Callable[[Record], None]) -> tuple[Record, ...]:
    """Show them, `jobs` at a time; `tell` hears of each as it comes. Their records, in their order.

    Raises `StoppedError` at a signal to us, `BrokenError` for a bug of ours.
    """
    workers = SideBySide(inbox, most=MOST)
    found: dict[int, Record] = {}
    commands = [("museum", str(exhibit.path.absolute()), "--json") for exhibit in exhibits]
    with contextlib.closing(workers.ended(commands, jobs)) as coming:
        for ended in coming:
            try:
                found[ended.number] = Record.model_validate_json(ended.said)
            except ValueError:
                if workers.stopped_by:
                    continue
                raise BrokenError(f"{exhibits[ended.number].name}: {ended.last_words}") from None
            tell(found[ended.number])
    if workers.stopped_by:
        raise StoppedError(workers.stopped_by)
    return tuple(found[number] for number in range(len(exhibits)))
