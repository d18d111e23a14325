"""The record of a run: append-only while it lasts, frozen afterwards, JSON lines on disk.

Law: nothing is ever changed or taken out. A stored trace loads to an equal one; the first line is a header that says
what was run, so that the trace can be judged again without the world.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from simnet.trace.events import EVENTS, Accepted, Attempt, Event, RequestBegan

__all__ = ["Journal", "Trace"]

E = TypeVar("E", bound=Event)


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
        """How many requests arrived whole."""
        return len(self.of(RequestBegan, service))

    def dumps(self) -> str:
        """The trace as JSON lines, header first."""
        header = {"simnet_trace": 1, "title": self.title, "seed": self.seed}
        rows = [{"event": type(e).__name__, **dataclasses.asdict(e)} for e in self.events]
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in [header, *rows])

    @classmethod
    def loads(cls, text: str) -> Trace:
        """Read back what `dumps` wrote; `ValueError` names the line that is none of ours."""
        header: dict[str, object] = {}
        events: list[Event] = []
        for number, line in enumerate(filter(str.strip, text.splitlines()), 1):
            try:
                row = json.loads(line)
                if number == 1:
                    header = {"title": str(row["title"]), "seed": int(row["seed"]), "version": row["simnet_trace"]}
                else:
                    events.append(EVENTS[row.pop("event")](**row))
            except (ValueError, KeyError, TypeError, AttributeError) as problem:
                raise ValueError(f"line {number} is not of a simnet trace: {problem!r}") from None
        if header.get("version") != 1:
            raise ValueError("this is not a simnet trace of version 1: its first line must be the header")
        return cls(str(header["title"]), int(str(header["seed"])), tuple(events))


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
