"""The geometry of a sequence diagram: a column of times, the client's lifeline, and a lane for each service.

Law: every line is exactly as wide as the lanes, counted in terminal cells (a CJK character takes two); words that do
not fit are wrapped or cut with an ellipsis, so that no line breaks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

from rich.cells import chop_cells
from rich.console import Console
from rich.text import Text

from simnet.trace.rows import Row, Shape
from simnet.trace.wording import shown

__all__ = ["LEFT", "RIGHT", "Lanes"]

TIME = 8
LEFT = TIME + 7
"""Cells up to and with the client's lifeline: the time, two blanks, half of the client's box."""
RIGHT = 12
"""Cells behind the last lifeline: half of the box of a service."""
MOST_LINES = 3
"""Lines that the words of one note may take."""
MOST_ON_ARROWS = 2
"""Lines that the words of one arrow may take: on it, and below."""

Marks = Mapping[int, tuple[str, str]]


class Lanes:
    """The lanes of some services, from left to right, in `width` cells."""

    def __init__(self, console: Console, width: int, services: Sequence[str]) -> None:
        self._console, self._services = console, services
        room = width - LEFT - RIGHT - len(services)
        share, rest = divmod(room, len(services))
        self._gaps = [share + (1 if lane < rest else 0) for lane in range(len(services))]
        self._time = ""

    def heads(self, addresses: Mapping[str, str]) -> Iterator[Text]:
        """The boxes with the names, above the lifelines."""
        widest = min(self._gaps[-1] - 2, RIGHT * 2 + 1)
        names = [("client", ""), *((shown(name), addresses[name]) for name in self._services)]
        boxes = [_box(name, address, 10 if not lane else widest) for lane, (name, address) in enumerate(names)]
        for line in range(4):
            yield self._place([box[line] for box in boxes], label="seconds" if line == 3 else "")

    def feet(self) -> Text:
        """The end of the lifelines."""
        return self._line(
            [Text(" " * gap) for gap in self._gaps], dict.fromkeys(range(len(self._gaps) + 1), ("╵", "dim"))
        )

    def empty(self) -> Text:
        """A line on which nothing happens."""
        return self._line([Text(" " * gap) for gap in self._gaps], {})

    def pause(self, words: str, *, bold: bool = False) -> Text:
        """A line that stands for time or rows that are not drawn; long words run over the lifelines between."""
        text = Text(f"  {words} ", "bold" if bold else "dim italic")
        gaps = [Text(" " * gap) for gap in self._gaps]
        if text.cell_len <= self._gaps[0]:
            gaps[0] = _fit(text, self._gaps[0])
        else:
            gaps = [_fit(text, sum(self._gaps) + len(self._gaps) - 1)]
        return self._line(gaps, dict.fromkeys(range(len(gaps) + 1), ("┊", "dim")), "⋮")

    def draw(self, row: Row) -> Iterator[Text]:
        """The lines of `row`."""
        time = f"{row.t:.3f}" if row.t < 1000 else f"{row.t:.1f}"
        shown_time, self._time = ("" if time == self._time else time), time
        if row.look.shape in {Shape.HERE, Shape.THERE}:
            yield from self._note(row, shown_time)
        else:
            yield from self._arrow(row, shown_time)

    def _arrow(self, row: Row, time: str) -> Iterator[Text]:
        lane, style, back = self._lane(row), row.look.style, row.look.shape is Shape.BACK
        marks = dict.fromkeys(range(1, lane + 1), ("┼", style))
        gaps = [Text("─" * gap if at < lane else " " * gap, style) for at, gap in enumerate(self._gaps)]
        words, *more = self._wrapped(row.text(), self._gaps[lane] - 6, MOST_ON_ARROWS)
        line = self._gaps[lane] - words.cell_len - 4
        if back:
            gaps[lane] = Text.assemble(("─" * (line + 1), style), " ", words, " ", ("─", style))
            gaps[0] = Text.assemble(("◀", style), gaps[0][1:])
            yield self._line(gaps, {**marks, lane + 1: ("┤", style)}, time)
        else:
            shaft = ("─" * line + "▶", style)
            if row.look.shape is Shape.LOST:
                shaft = ("╌" * max(1, line * 2 // 3) + "×", style)
            gaps[lane] = _fit(Text.assemble(("─", style), " ", words, " ", shaft), self._gaps[lane])
            yield self._line(gaps, {**marks, 0: ("├", style)}, time)
        for words in more:
            yield self._line(self._beside(lane, words, 2, at_the_right=back), {})

    def _note(self, row: Row, time: str) -> Iterator[Text]:
        lane, here = self._lane(row), row.look.shape is Shape.HERE
        mark = {lane + 1 if here else 0: (row.look.mark, f"bold {row.look.style}")}
        for words in self._wrapped(row.text(), self._gaps[lane] - 3, MOST_LINES):
            yield self._line(self._beside(lane, words, 1, at_the_right=here), mark, time)
            mark, time = {}, ""

    def _wrapped(self, words: Text, width: int, most: int) -> list[Text]:
        lines = list(words.wrap(self._console, width)) or [Text()]
        if (
            len(lines) > 1 and lines[0].cell_len < width // 2
        ):  # a long word, such as a target, would leave a gap before it
            lines = list(words.divide(list(accumulate(map(len, chop_cells(words.plain, width))))[:-1]))
        if len(lines) > most:
            lines = lines[:most]
            lines[-1].append("…")
        for line in lines:
            line.rstrip()
            line.truncate(width, overflow="ellipsis")
        return lines

    def _beside(self, lane: int, words: Text, off: int, *, at_the_right: bool) -> list[Text]:
        """Words so many cells off the lifeline of the service, or that of the client."""
        gaps = [Text(" " * gap) for gap in self._gaps]
        blank, by = " " * (self._gaps[lane] - off - words.cell_len), " " * off
        gaps[lane] = Text.assemble(blank, words, by) if at_the_right else Text.assemble(by, words, blank)
        return gaps

    def _lane(self, row: Row) -> int:
        """The lane of the row's service; what belongs to the run as a whole stands beside the client."""
        return (
            self._services.index(row.service)
            if row.service in self._services and row.look.shape is not Shape.THERE
            else 0
        )

    def _line(self, gaps: Sequence[Text], marks: Marks, time: str = "") -> Text:
        line = Text(f"{time:>{TIME}}".ljust(LEFT - 1), "dim")
        for lane, gap in enumerate([Text(), *gaps]):
            sign, style = marks.get(lane, ("│", "dim"))
            line = Text.assemble(line, gap, (sign, style))
        return line

    def _place(self, boxes: Sequence[Text], label: str) -> Text:
        """The boxes, each centred on its lifeline."""
        line = Text(f"{label:>{TIME}}", "dim")
        at = LEFT - 1
        for lane, box in enumerate(boxes):
            if lane:
                at += self._gaps[lane - 1] + 1
            start = at - (box.cell_len - 1) // 2
            line = Text.assemble(line, " " * (start - line.cell_len), box)
        return line


def _box(name: str, address: str, most: int) -> list[Text]:
    """Four lines; without an address the first is empty."""
    inner = [_cut(name, most - 4, "bold"), *([_cut(address, most - 4, "dim")] if address else [])]
    wide = max(text.cell_len for text in inner)
    wide += 1 - wide % 2  # odd, so that the lifeline hangs from the middle
    rows = [Text.assemble("│ ", _centred(text, wide), " │") for text in inner]
    half = "─" * ((wide + 1) // 2)
    above = [] if address else [Text()]
    return [*above, Text(f"╭{half}─{half}╮"), *rows, Text(f"╰{half}┬{half}╯")]


def _centred(text: Text, width: int) -> Text:
    free = width - text.cell_len
    return Text.assemble(" " * (free // 2), text, " " * (free - free // 2))


def _cut(words: str, width: int, style: str) -> Text:
    text = Text(words, style)
    text.truncate(width, overflow="ellipsis")
    return text


def _fit(text: Text, width: int) -> Text:
    text.truncate(width, overflow="ellipsis")
    text.pad_right(width - text.cell_len)
    return text
