"""A matrix for a spreadsheet: one line for each cell.

Law: pure; what stands first in a field cannot be taken for a formula.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Final

from simnet.matrix.document import Matrix
from simnet.matrix.outcome import Cell
from simnet.matrix.wording import sentence

__all__ = ["as_csv"]

HEAD: Final = (
    "client", "version", "protocol", "setting", "failure", "verdict", "report", "exit", "time", "seconds",
    "attempts", "connections", "requests", "effects", "race", "said", "run",
)  # fmt: skip


def as_csv(matrix: Matrix) -> str:
    """The table, with its head."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(HEAD)
    rows.writerows(_row(cell, matrix.limit) for cell in matrix.cells)
    return out.getvalue()


def _row(cell: Cell, limit: float) -> list[object]:
    return [
        f"'{field}" if str(field)[:1] in {"=", "+", "-", "@", "\t", "\r"} else field for field in _fields(cell, limit)
    ]


def _fields(cell: Cell, limit: float) -> Iterator[object]:
    outcome = cell.outcome
    yield from (cell.client, cell.version, cell.protocol, cell.setting, cell.failure, outcome.verdict.value)
    yield sentence(outcome, limit)
    yield from ("" if outcome.exit is None else outcome.exit, outcome.when, f"{outcome.seconds:.3f}")
    yield from (outcome.attempts, outcome.connections, outcome.requests, outcome.effects)
    yield from ("race" if cell.race else "", cell.said, cell.run)
