"""A trace as a sequence diagram: the client's lifeline, one for each service, and time downwards.

Law: no line is wider than asked, and nothing that a client or an author wrote is interpreted. A reader sees who sent
what and when; SYN, RST and FIN are drawn because the kernel said so, not because they were planned.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions, RenderResult
from rich.text import Text

from simnet.trace.drawn import rows_of
from simnet.trace.events import Accepted, DoorSet, NotReached, Planned, ServiceUp
from simnet.trace.fold import Elision, shorten
from simnet.trace.journal import Trace
from simnet.trace.lanes import LEFT, RIGHT, Lanes
from simnet.trace.rows import Row
from simnet.trace.summary import summary
from simnet.trace.wording import plural, seconds, shown

__all__ = ["LANE", "Diagram", "diagram", "summary"]

NARROWEST = 48
LANE = 26
"""Cells that a service needs for its rows to be read: `attempt 12 gave up after 2.03 s` takes two lines of it."""
MOST_ROWS = 90
MOST_DIAGRAMS = 6
LONG = 0.5
"""Seconds without any event that are worth a row."""

ASCII = str.maketrans(
    "│├┤┼╭╮╰╯┬╵┊⋮─╌▶◀×✗●○◌◆◇■▷…·",
    "|+++++++++::--><xXooo**#>~.",
)


def diagram(trace: Trace, width: int = 80) -> Diagram:
    """The sequence diagram of `trace`, at most `width` cells wide (48 is the least that is drawn)."""
    return Diagram(trace, max(width, NARROWEST))


@dataclass(frozen=True)
class Diagram:
    """What `diagram` returns: rich prints it, without colours where the output is no terminal."""

    trace: Trace
    width: int

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width = min(self.width, max(options.max_width, NARROWEST))
        for line in self._lines(console, width):
            line.no_wrap, line.overflow = True, "ignore"
            line.rstrip()
            yield _in_ascii(line) if options.ascii_only else line

    def _lines(self, console: Console, width: int) -> Iterator[Text]:
        title = Text(shown(self.trace.title), "bold")
        title.truncate(width, overflow="ellipsis")
        yield title
        visited, quiet = self._services()
        groups = list(_groups(visited, max(1, (width - LEFT - RIGHT) // LANE)))
        for group in groups[:MOST_DIAGRAMS]:
            yield Text()
            yield from self._group(console, width, group)
        beyond = [name for group in groups[MOST_DIAGRAMS:] for name in group]
        for names, words in ((beyond, "Not drawn"), (quiet, "Nobody came to")):
            if names:
                yield Text()
                yield from Text(f"{words}: {_some(names)}", "dim").wrap(console, width)

    def _services(self) -> tuple[list[str], list[str]]:
        """The services in order: those where something happened, and the others (unless there is but one)."""
        names = list(dict.fromkeys(event.service for event in self.trace.events if event.service))
        idle = (ServiceUp, Planned, DoorSet, NotReached)
        met = {event.service for event in self.trace.events if not isinstance(event, idle)}
        visited = [name for name in names if name in met] or names[:1]
        return visited, [name for name in names if name not in visited]

    def _group(self, console: Console, width: int, group: Sequence[str]) -> Iterator[Text]:
        lanes = Lanes(console, width, tuple(group))
        up = {event.service: event for event in self.trace.of(ServiceUp)}
        yield from lanes.heads({name: _address(up.get(name)) for name in group})
        wanted = {"", *group}
        tags = {name: len(self.trace.of(Accepted, name)) > 1 for name in group}
        rows = rows_of((event for event in self.trace.events if event.service in wanted), tags=tags)
        yield from _body(lanes, shorten(rows, MOST_ROWS))
        yield lanes.feet()


def _body(lanes: Lanes, rows: Sequence[Row | Elision]) -> Iterator[Text]:
    before = 0.0
    for number, row in enumerate(rows):
        if row.t - before >= LONG:
            yield lanes.pause(f"{seconds(row.t - before)} later" if number else f"{seconds(row.t)} without anybody")
        elif isinstance(row, Row) and row.opens and number:
            yield lanes.empty()
        if isinstance(row, Elision):
            yield lanes.pause(f"… {row.words}", bold=True)
        else:
            yield from lanes.draw(row)
        before = max(before, row.until)


def _address(up: ServiceUp | None) -> str:
    if up is None:
        return ""
    return shown(f"[{up.address}]:{up.port}" if ":" in up.address else f"{up.address}:{up.port}")


def _groups(names: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), size):
        yield names[start : start + size]


def _some(names: Sequence[str], most: int = 12) -> str:
    said = ", ".join(shown(name) for name in names[:most])
    return said if len(names) <= most else f"{said} and {plural(len(names) - most, 'more service')}"


def _in_ascii(line: Text) -> Text:
    """For terminals that know no more: each sign by a plain one of the same width."""
    plain = line.copy()
    plain.plain = "".join(c if c.isascii() else "?" for c in line.plain.translate(ASCII))
    return plain
