"""The sequence diagram, drawn downwards as things happen.

Law: lines are only ever added, so what has been drawn stays; it is drawn from events alone, like the diagram at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rich.console import Console
from rich.text import Text

from simnet.fronts.live import SIGNS
from simnet.fronts.show import DIM, NAME, text
from simnet.trace.diagram import LANE
from simnet.trace.drawn import rows_of
from simnet.trace.events import Event
from simnet.trace.lanes import LEFT, RIGHT, Lanes
from simnet.trace.rows import Row

__all__ = ["WIDEST", "Picture"]

WIDEST = 120
"""Cells beyond which lines get hard to follow."""

MOST_ROWS = 40
"""Rows for what comes at one time; the diagram at the end has the others."""


class Picture:
    """A lane for each service, where there is room for all; else a line with the service's name for each thing."""

    def __init__(self, console: Console, addresses: Mapping[str, str]) -> None:
        width = min(console.width, WIDEST)
        fits = len(addresses) <= max(1, (width - LEFT - RIGHT) // LANE)
        self._lanes = Lanes(console, width, tuple(addresses)) if fits else None
        self._addresses, self._begun = addresses, False

    def lines(self, events: Sequence[Event]) -> Iterator[Text]:
        """What these events add."""
        rows = rows_of(events, tags=dict.fromkeys(self._addresses, True))
        told = [row for row in rows if row.label.plain != "RST"]  # told by the end of its attempt, which may come later
        if told and not self._begun and self._lanes is not None:
            yield from self._lanes.heads(self._addresses)
        self._begun = self._begun or bool(told)
        for row in told[:MOST_ROWS]:
            yield from self._row(row)
        if len(told) > MOST_ROWS:
            yield Text(f"{'':>9}… and {len(told) - MOST_ROWS} more", DIM)

    def _row(self, row: Row) -> Iterator[Text]:
        if self._lanes is not None:
            yield from self._lanes.draw(row)
            return
        width = max(map(len, self._addresses))
        sign = SIGNS.get(row.look.shape, row.look.mark)
        line = Text.assemble((f"{row.t:9.3f}", DIM), "  ", text(f"{row.service:<{width}}", NAME), "  ")
        yield line.append(f"{sign} ", row.look.style).append_text(row.text())
