"""A matrix as one document: which clients met which failures on which machine, and every cell.

Law: what is in the document is all that tables, pages, findings and comparisons are made of; a stored one is as good as one
just measured. A newer form is refused rather than misread.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import Field, ValidationError

from simnet.errors import SimnetError
from simnet.matrix.outcome import Cell, Frozen, agree

__all__ = ["Column", "Matrix", "Row", "loads", "merged"]


class Column(Frozen):
    """One client in one setting."""

    client: str
    title: str = ""
    version: str
    protocol: str
    setting: str

    @property
    def head(self) -> str:
        """Its name; with a plus, where it is well set up."""
        return self.client if self.setting == "plain" else f"{self.client}+"


class Row(Frozen):
    """One failure."""

    name: str
    title: str
    stage: str
    asks: str
    """get, post or calls: what clients were to do."""


class Lack(Frozen):
    """A client that was not there."""

    client: str
    lacks: str
    cure: str


class Matrix(Frozen):
    """All that was measured, in the order of columns and rows."""

    matrix: Literal[1] = 1
    simnet: str
    machine: str
    limit: float
    """Seconds after which a client that still waits was ended."""
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    cells: tuple[Cell, ...]
    missing: tuple[Lack, ...] = ()
    scenarios: Mapping[str, str] = Field({})
    """`protocol/failure` -> the scenario as a file."""

    def by_place(self) -> Mapping[tuple[str, str, str], Cell]:
        """Each cell by client, setting and failure."""
        return {cell.key: cell for cell in self.cells}


def loads(text: str, name: str) -> Matrix:
    """The matrix in that text. Raises `SimnetError` for what is none."""
    try:
        return Matrix.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "the document"
        raise SimnetError(f"{name} is not a matrix of this simnet: {where}: {first['msg']}") from None


def merged(cells: Iterable[Cell]) -> list[Cell]:
    """One cell for each place: the first measurement, and every outcome of a repetition that does not agree with it."""
    found: dict[tuple[str, str, str], list[Cell]] = {}
    for cell in cells:
        found.setdefault(cell.key, []).append(cell)
    return [_merged(each) for each in found.values()]


def _merged(cells: Sequence[Cell]) -> Cell:
    first, others = cells[0], list(cells[0].others)
    for cell in cells[1:]:
        for outcome in (cell.outcome, *cell.others):
            if not any(agree(outcome, known) for known in (first.outcome, *others)):
                others.append(outcome)
    return first.model_copy(update={"others": tuple(others)})
