"""Two matrices: which cells came, went and changed.

Law: pure. A cell has changed if none of the outcomes that were seen before agrees with any that was seen now: a race that is
known for one is no change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from simnet.matrix.document import Matrix
from simnet.matrix.outcome import Cell, agree

__all__ = ["Change", "changes"]


@dataclass(frozen=True, slots=True)
class Change:
    """One cell of which there are two stories."""

    client: str
    setting: str
    failure: str
    before: Cell | None
    """None: the cell was not there."""
    after: Cell | None
    """None: the cell is not there any more."""

    @property
    def what(self) -> str:
        """gained, lost or changed"""
        return "gained" if self.before is None else "lost" if self.after is None else "changed"


def changes(before: Matrix, after: Matrix) -> list[Change]:
    """Every difference, in the order of the newer matrix, then of the older."""
    return list(_changes(before, after))


def _changes(before: Matrix, after: Matrix) -> Iterator[Change]:
    old, new = before.by_place(), after.by_place()
    for key, cell in new.items():
        known = old.get(key)
        if known is None or not _same(known, cell):
            yield Change(*key, known, cell)
    for key, cell in old.items():
        if key not in new:
            yield Change(*key, cell, None)


def _same(one: Cell, other: Cell) -> bool:
    return any(agree(a, b) for a in (one.outcome, *one.others) for b in (other.outcome, *other.others))
