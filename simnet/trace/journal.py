"""The record of a run: append-only while it lasts, frozen afterwards, JSON lines on disk.

Law: nothing is ever changed or taken out. A stored trace loads to an equal one; the first line is a header that says
what was run, so that the trace can be judged again without the world.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from simnet.trace.events import EVENTS, Accepted, Attempt, DatagramIn, Event, RequestBegan

__all__ = ["Journal", "Trace"]

E = TypeVar("E", bound=Event)
R = TypeVar("R")

VERSION = 1
"""Of the stored form; an older simnet refuses a newer trace rather than misread it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What happened, in the order in which it was seen."""

    title: str
    seed: int
    events: tuple[Event, ...]

    def of(self, kind: type[E], service: str | None = None) -> tuple[E, ...]:
        """The events of that kind, of that service or of all."""
        return tuple(e for e in self.events if isinstance(e, kind) and service in {None, e.service})

    def attempts(self, service: str | None = None) -> int:
        """How many attempts to connect were counted."""
        return len(self.of(Attempt, service))

    def connections(self, service: str | None = None) -> int:
        """How many attempts became connections."""
        return len(self.of(Accepted, service))

    def requests(self, service: str | None = None) -> int:
        """How many requests arrived whole; of UDP, each datagram is one."""
        return len(self.of(RequestBegan, service)) + len(self.of(DatagramIn, service))

    def dumps(self) -> str:
        """The trace as JSON lines in ASCII (whatever a client sent, a line is a line), header first."""
        header = {"simnet_trace": VERSION, "title": self.title, "seed": self.seed}
        return "".join(json.dumps(row) + "\n" for row in [header, *map(_as_row, self.events)])

    @classmethod
    def loads(cls, text: str) -> Trace:
        """Read back what `dumps` wrote; `ValueError` names the line that is none of ours, and why."""
        lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
        if not lines:
            raise ValueError("this is not a simnet trace: it is empty")
        title, seed = _read(lines[0], _header)
        return cls(title, seed, tuple(_read(line, _event) for line in lines[1:]))


_NAMES: Mapping[str, tuple[str, ...]] = {
    name: tuple(field.name for field in dataclasses.fields(kind)) for name, kind in EVENTS.items()
}
"""Event -> its fields."""


def _as_row(event: Event) -> dict[str, Any]:
    """Its fields, which are plain values all: `dataclasses.asdict` would copy each of them, at five times the cost."""
    kind = type(event).__name__
    return {"event": kind} | {name: getattr(event, name) for name in _NAMES[kind]}


def _read(numbered: tuple[int, str], reader: Callable[[dict[str, Any]], R]) -> R:
    number, line = numbered
    try:
        return reader(_row(line))
    except (ValueError, RecursionError) as problem:
        raise ValueError(f"line {number} is not of a simnet trace: {problem}") from None


def _row(line: str) -> dict[str, Any]:
    row = json.loads(line)
    if isinstance(row, dict):
        return row
    raise ValueError("it is no JSON object")


def _header(row: dict[str, Any]) -> tuple[str, int]:
    if row.get("simnet_trace") != VERSION:
        raise ValueError(f"the first line must be the header of a trace of version {VERSION}")
    title, seed = row.get("title"), row.get("seed")
    if isinstance(title, str) and isinstance(seed, int):
        return title, seed
    raise ValueError("the header needs a title and a whole number as seed")


def _event(row: dict[str, Any]) -> Event:
    name = row.pop("event", None)
    kind = EVENTS.get(name) if isinstance(name, str) else None
    if kind is None:
        raise ValueError(f"there is no event {name!r}; there are {', '.join(EVENTS)}")
    for field in dataclasses.fields(kind):
        if field.name in row and not _IS[str(field.type)](row[field.name]):
            raise ValueError(f"`{field.name}` of {name} must be of type {field.type}, not {row[field.name]!r}")
    try:
        return kind(**row)
    except TypeError as problem:  # a field too many or too few
        raise ValueError(str(problem).replace(".__init__()", "")) from None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


_IS: dict[str, Callable[[object], bool]] = {
    "float": _is_number,
    "float | None": lambda value: value is None or _is_number(value),
    "int": _is_whole,
    "int | None": lambda value: value is None or _is_whole(value),
    "str": lambda value: isinstance(value, str),
    "bool": lambda value: isinstance(value, bool),
    "Evidence": lambda value: isinstance(value, dict) and all(isinstance(v, str | int | float) for v in value.values()),
}
"""What a field of an event may hold, by its annotation."""


class Journal:
    """The record while the run lasts. `add` may be called from any thread (list.append is atomic)."""

    def __init__(self, title: str, seed: int) -> None:
        self._title, self._seed = title, seed
        self._events: list[Event] = []
        self._listeners: list[Callable[[Event], None]] = []

    def add(self, event: Event) -> None:
        """Record `event` and tell the listeners, in the thread of the caller."""
        self._events.append(event)
        for listener in tuple(self._listeners):
            listener(event)

    def subscribe(self, listener: Callable[[Event], None]) -> None:
        """Call `listener` with each event from now on; it must be quick and must not raise."""
        self._listeners.append(listener)

    def __iter__(self) -> Iterator[Event]:
        return iter(tuple(self._events))

    def trace(self) -> Trace:
        """What has been recorded up to now."""
        return Trace(self._title, self._seed, tuple(self._events))
