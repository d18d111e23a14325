"""An exhibit on the wall: what it is, what each version showed, and whether that is as told.

Law: side by side where the terminal has room for two diagrams, one above the other elsewhere. What a client printed is
foreign text, shown and never obeyed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rich.console import Group, RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from simnet.fronts.museum.record import Record, Seen, Side
from simnet.fronts.museum.showing import Showing
from simnet.fronts.museum.visit import SIDES, Visit
from simnet.fronts.report import verdict
from simnet.fronts.show import BAD, DIM, GOOD, NAME, WARN, text
from simnet.trace.diagram import diagram

__all__ = ["conclusion", "hung"]

READING = 88
"""Cells of a line of prose, at most."""
SIDE_BY_SIDE = 160
"""Cells from which on two diagrams have room."""
GAP = 4
LINES = 12
"""Lines of a client's output that are shown, from its end."""


def hung(visited: Visit, width: int) -> Iterator[RenderableType]:
    """The whole exhibit, for a terminal of this width."""
    yield from _label(visited.record)
    wide = width >= SIDE_BY_SIDE and len(visited.showings) == len(SIDES)
    each = (width - GAP) // 2 if wide else width
    panels = [Group(*_panel(side, visited, each)) for side in SIDES]
    if wide:
        yield _beside(panels)
    else:
        for panel in panels:
            yield panel
            yield Text()
    yield conclusion(visited.record)


def _label(record: Record) -> Iterator[RenderableType]:
    """What hangs beside an exhibit."""
    yield Text.assemble(text(record.name, DIM), "  ", text(record.of, NAME), ": ", text(record.title, NAME))
    yield Text()
    for words in (record.about, record.found):
        if words.strip():
            yield Constrain(text(" ".join(words.split())), READING)
            yield Text()
    for issue in record.issues:
        yield text(issue, DIM)
    if record.issues:
        yield Text()
    yield Constrain(Text.assemble(("Look at ", NAME), text(record.look_at)), READING)
    yield Text()


def _panel(side: Side, visited: Visit, width: int) -> Iterator[RenderableType]:
    seen = getattr(visited.record, side)
    mark = ("bad", BAD) if side == "bad" else ("good", GOOD)
    if (showing := visited.showings.get(side)) is None:
        yield Text.assemble(mark, "  ", text(seen.name, NAME))
        yield Text.assemble(("not run: ", WARN), text(seen.unavailable))
        return
    yield diagram(replace(showing.trace, title=f"{side}  {seen.name}"), width)
    yield Text()
    yield from _said(seen)
    yield Text(f"The client: {seen.ended}", DIM)
    yield from _judged(showing)


def _said(seen: Seen) -> Iterator[Text]:
    lines = seen.output.rstrip().splitlines()
    if len(lines) > LINES:
        yield Text(f"  ... {len(lines) - LINES} lines more", DIM)
    for line in lines[-LINES:]:
        yield Text.assemble("  ", text(line))


def _judged(showing: Showing) -> Iterator[Text]:
    yield from verdict(showing.trace, showing.checks, showing.differences)


def _beside(panels: list[Group]) -> Table:
    grid = Table.grid(padding=(0, GAP // 2), pad_edge=False, expand=True)
    for _ in panels:
        grid.add_column(ratio=1)
    grid.add_row(*panels)
    return grid


def conclusion(record: Record) -> Text:
    """Whether it is as told, in one line."""
    return Text.assemble(
        "bad version fails as told: ", _answer(record.bad), "; good version holds: ", _answer(record.good)
    )


def _answer(seen: Seen) -> Text:
    if seen.unavailable:
        return Text("not run", WARN)
    return Text("yes", GOOD) if seen.as_told else Text.assemble(("no", BAD), f" ({seen.departure})")
