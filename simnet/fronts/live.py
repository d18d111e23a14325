"""A running network on the screen: its services with their figures, and what happens, as it happens.

Law: the figures are counted from the same events that are printed; the network itself is never asked, so looking at it
does not disturb it. Many events in a short time are told in a bounded number of lines.
"""

from __future__ import annotations

import contextlib
import queue
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.live import Live
from rich.text import Text

from simnet.fronts.inbox import Inbox, Signalled
from simnet.fronts.show import BAD, DIM, NAME, Screen, table, text
from simnet.trace.drawn import rows_of
from simnet.trace.events import Accepted, Applied, Attempt, DoorSet, Event, Failed, RequestBegan
from simnet.trace.rows import Row, Shape
from simnet.trace.wording import plural
from simnet.world.run import World

__all__ = ["watch"]

REFRESH = 0.25
"""Seconds between two pictures: quick enough for the eye, seldom enough for the network."""

MOST_LINES = 40
"""Lines for what happened between two pictures."""

RESERVED = 6
"""Lines of the terminal that the table of services leaves free."""

SIGNS = {Shape.OUT: "→", Shape.BACK: "←", Shape.LOST: "⇥"}


@dataclass(slots=True)
class Tally:
    """One service's figures up to now."""

    url: str
    door: str = ""
    attempts: int = 0
    connections: int = 0
    requests: int = 0
    applied: int = 0
    failed: int = 0

    def take(self, event: Event) -> None:
        """Count one event."""
        match event:
            case DoorSet(door=door):
                self.door = door
            case Attempt():
                self.attempts += 1
            case Accepted():
                self.connections += 1
            case RequestBegan():
                self.requests += 1
            case Applied():
                self.applied += 1
            case Failed():
                self.failed += 1
            case _:
                pass


def watch(world: World, inbox: Inbox, screen: Screen) -> None:
    """Show the network until a signal comes."""
    tallies = {name: Tally(service.url) for name, service in world.services.items()}
    # From here on every event comes to the inbox; those of the start have been recorded before.
    world.journal.subscribe(inbox.put)
    for event in world.journal:
        if isinstance(event, DoorSet):
            tallies[event.service].take(event)
    with _picture(screen, tallies) as show:
        while not (events := _next(inbox)).over:
            for event in events.seen:
                if event.service in tallies:
                    tallies[event.service].take(event)
            show(events.seen)


@dataclass(frozen=True, slots=True)
class _News:
    seen: Sequence[Event]
    over: bool


def _next(inbox: Inbox) -> _News:
    """What has come since the last time, at most one picture's worth."""
    seen: list[Event] = []
    with contextlib.suppress(queue.Empty):
        item = inbox.get(timeout=REFRESH)
        while True:
            if isinstance(item, Signalled):
                return _News(seen, over=True)
            if isinstance(item, Event):
                seen.append(item)
            item = inbox.get_nowait()
    return _News(seen, over=False)


@contextlib.contextmanager
def _picture(screen: Screen, tallies: dict[str, Tally]) -> Iterator[Callable[[Sequence[Event]], None]]:
    """A table that stays below the lines that pass, on a terminal; else the table once, and then lines."""
    width = min(24, max(map(len, tallies), default=0))
    if not screen.drawn:
        for name, tally in tallies.items():
            screen.line(text(name), f"  {tally.url}  door {tally.door}")
        yield lambda events: screen.print(*_lines(events, width))
        return
    room = max(3, screen.console.height - RESERVED)
    with Live(_page(tallies, room), console=screen.console, auto_refresh=False, transient=True) as live:

        def show(events: Sequence[Event]) -> None:
            for line in _lines(events, width):
                live.console.print(line, no_wrap=True, overflow="ellipsis")
            live.update(_page(tallies, room), refresh=True)

        yield show


def _page(tallies: dict[str, Tally], room: int) -> RenderableType:
    return Group(Text(), _table(tallies, room), Text("Ctrl-C ends it", DIM))


def _table(tallies: dict[str, Tally], room: int) -> RenderableType:
    """The busiest, if there is no room for all, in the order of the file."""
    kept = sorted(tallies, key=lambda name: -tallies[name].attempts)[:room]
    made = table("Service", "Where", "Door", "Attempts", "Conn.", "Requests", "Applied")
    made.columns[1].no_wrap = True
    for column in made.columns[3:]:
        column.justify, column.no_wrap = "right", True
    for name, tally in tallies.items():
        if name in kept:
            made.add_row(text(name, NAME), *_cells(tally))
    more = len(tallies) - len(kept)
    return Group(made, Text(f"and {plural(more, 'more service')}", DIM)) if more else made


def _cells(tally: Tally) -> Sequence[Text]:
    figures = (tally.attempts, tally.connections, tally.requests)
    applied = Text(f"{tally.applied}", "yellow" if tally.applied else DIM)
    if tally.failed:
        applied.append(f", {tally.failed} failed", BAD)
    door = Text(tally.door, DIM if tally.door == "open" else "yellow")
    return (Text(tally.url), door, *(Text(f"{figure}", "" if figure else DIM) for figure in figures), applied)


def _lines(events: Sequence[Event], width: int) -> Iterator[Text]:
    rows = [row for row in rows_of(events, tags=dict.fromkeys((e.service for e in events), True)) if _tells(row)]
    for row in rows[:MOST_LINES]:
        yield _line(row, width)
    if len(rows) > MOST_LINES:
        yield Text(f"{'':>9}  … {len(rows) - MOST_LINES} more; a trace (--trace) has them all", DIM)


def _tells(row: Row) -> bool:
    """The answer to a refused SYN is told by the end of its attempt, which may be in the next picture."""
    return row.label.plain != "RST"


def _line(row: Row, width: int) -> Text:
    sign = SIGNS.get(row.look.shape, row.look.mark)
    line = Text.assemble((f"{row.t:9.3f}", DIM), "  ", text(f"{row.service:<{width}}", NAME), "  ")
    return line.append(f"{sign} ", row.look.style).append_text(row.text())
