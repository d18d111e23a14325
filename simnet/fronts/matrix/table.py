"""A matrix on a terminal: failures down, clients across, as many beside each other as there is room for."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from rich.console import RenderableType
from rich.text import Text

from simnet.fronts.matrix.places import Found, Missing
from simnet.fronts.show import BAD, DIM, GOOD, NAME, WARN, heading, indented, table, text
from simnet.matrix.compare import Change
from simnet.matrix.document import Column, Matrix
from simnet.matrix.failures import Failure
from simnet.matrix.outcome import Cell, Verdict
from simnet.matrix.wording import MEANINGS, SIGNS, brief, sentence
from simnet.trace.wording import plural

__all__ = ["changes_page", "list_page", "matrix_page"]

STYLES: Final[Mapping[Verdict, str]] = {
    Verdict.TWICE: BAD,
    Verdict.WRONG: BAD,
    Verdict.SILENT: BAD,
    Verdict.HANGS: WARN,
    Verdict.CRASHED: BAD,
    Verdict.ERROR: "",
    Verdict.RIGHT: GOOD,
    Verdict.NOT_MET: DIM,
    Verdict.NOT_APPLICABLE: DIM,
    Verdict.NOT_MEASURED: WARN,
}

GAP = 3
"""Cells between two columns: two of padding, and one in the place of a line."""

NARROWEST, WIDEST = 14, 20
"""Cells of a column: `✗ ECONNREFUSED` is as wide; longer names are cut."""


def matrix_page(matrix: Matrix, width: int) -> Iterator[RenderableType]:
    """The whole table, in parts, its legend and its figures."""
    cells = matrix.by_place()
    first = max((len(row.name) for row in matrix.rows), default=0)
    columns = list(matrix.columns)
    while columns:
        part = list(_fitting(columns, cells, matrix, width - first))
        columns = columns[len(part) :]
        yield _part(part, cells, matrix)
        yield Text()
    yield _legend(matrix)
    yield Text(_figures(matrix), DIM)


def _fitting(
    columns: Sequence[Column], cells: Mapping[tuple[str, str, str], Cell], matrix: Matrix, room: int
) -> Iterator[Column]:
    """The first columns that have room beside each other; one at least."""
    used = 0
    for number, column in enumerate(columns):
        longest = max((len(brief(cell)) for cell in _cells_of(column, cells, matrix) if cell), default=0)
        used += GAP + max(NARROWEST, len(column.head), min(WIDEST, longest))
        if number and used > room:
            return
        yield column


def _cells_of(column: Column, cells: Mapping[tuple[str, str, str], Cell], matrix: Matrix) -> Iterator[Cell | None]:
    return (cells.get((column.client, column.setting, row.name)) for row in matrix.rows)


def _part(columns: Sequence[Column], cells: Mapping[tuple[str, str, str], Cell], matrix: Matrix) -> RenderableType:
    made = table("Failure", *(f"{column.head}\n{column.version}" for column in columns))
    for each in made.columns[1:]:
        each.max_width, each.overflow = max(WIDEST, len(str(each.header).partition("\n")[0])), "ellipsis"
    for each in made.columns:
        each.no_wrap = True
    by_column = [list(_cells_of(column, cells, matrix)) for column in columns]
    for row, of_row in zip(matrix.rows, zip(*by_column, strict=True), strict=True):
        if any(of_row):
            made.add_row(Text(row.name, NAME), *(_told(cell) for cell in of_row))
    return made


def _told(cell: Cell | None) -> Text:
    return Text() if cell is None else text(brief(cell), STYLES[cell.outcome.verdict])


def _legend(matrix: Matrix) -> Text:
    """The signs that there are."""
    seen = {cell.outcome.verdict for cell in matrix.cells}
    parts = [
        part
        for verdict in Verdict
        if verdict in seen
        for part in ((SIGNS[verdict], STYLES[verdict]), (f" {MEANINGS[verdict]}   ", DIM))
    ]
    return Text.assemble(*parts, ("×n tries   ~ a race", DIM))


def _figures(matrix: Matrix) -> str:
    counted = Counter(cell.outcome.verdict for cell in matrix.cells)
    races = sum(cell.race for cell in matrix.cells)
    told = ", ".join(f"{counted[verdict]} {verdict.value.replace('_', ' ')}" for verdict in Verdict if counted[verdict])
    return f"{plural(len(matrix.cells), 'cell')}: {told}" + (f"; {plural(races, 'race')}" if races else "")


def list_page(looked: Sequence[Found | Missing], failures: Mapping[str, Sequence[Failure]]) -> Iterator[RenderableType]:
    """Who is here, who is not and what would bring them, and which failures there are."""
    yield heading("Clients")
    made = table("", "", "", "", rule=False)
    for each in looked:
        client = each.client
        here = isinstance(each, Found)
        said = text(each.version) if isinstance(each, Found) else text(f"lacks {each.lacks}; {each.cure}", WARN)
        made.add_row(
            Text("✓" if here else "–", GOOD if here else DIM), text(client.client, NAME), text(client.speaks, DIM), said
        )
    yield indented(made)
    every = {failure.name: failure for rows in failures.values() for failure in rows}
    spoken = {name: [p for p, rows in failures.items() if any(f.name == name for f in rows)] for name in every}
    yield Text()
    yield heading("Failures", plural(len(every), "failure"))
    made = table("", "", "", rule=False)
    made.columns[0].no_wrap = True
    for name, failure in every.items():
        only = "" if len(spoken[name]) == len(failures) else ", ".join(spoken[name])
        made.add_row(Text(name, "yellow"), text(failure.title), text(only, DIM))
    yield indented(made)


def changes_page(found: Sequence[Change], limit: float) -> Iterator[RenderableType]:
    """What is otherwise than it was."""
    if not found:
        yield Text("no cell has changed", GOOD)
        return
    yield heading("Changed", plural(len(found), "cell"))
    for what, group in itertools.groupby(sorted(found, key=lambda each: each.what), lambda each: each.what):
        for each in group:
            setting = "" if each.setting == "plain" else f" ({each.setting.replace('_', ' ')})"
            yield Text.assemble((f"{what:8}", WARN), text(f"{each.client}{setting} × {each.failure}", NAME))
            for sign, cell in (("-", each.before), ("+", each.after)):
                if cell is not None:
                    yield Text.assemble((f"  {sign} ", DIM), text(f"{cell.version}: {sentence(cell.outcome, limit)}"))
