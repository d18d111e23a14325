"""The rows of a sequence diagram, and how bytes are joined to them, before anything is known of widths.

Law: only what says the same is joined: bytes of one connection in one direction with no pause and no fault between
them, and a request or status with its own bytes.
"""

from __future__ import annotations

import enum
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from rich.text import Text
from typing_extensions import override

from simnet.trace.events import Event
from simnet.trace.wording import seconds, size

__all__ = ["Drawing", "Flow", "Look", "Row", "Shape"]

PAUSE = 1.0
"""Seconds without a byte after which a flow is drawn anew, so that stalls can be seen."""


class Shape(enum.Enum):
    """What a row looks like."""

    OUT = "arrow from client to service"
    BACK = "arrow from service to client"
    LOST = "arrow from the client that does not arrive"
    HERE = "note at the service"
    THERE = "note at the client"


@dataclass(frozen=True, slots=True)
class Look:
    """A shape, its colour, and for notes the mark on the lifeline."""

    shape: Shape
    style: str
    mark: str = ""


@dataclass(slots=True)
class Row:
    """One row: when, of which service ("" for none), its look and its words. `alike`: equal for rows that may be folded."""

    t: float
    service: str
    look: Look
    label: Text
    alike: Hashable = None
    opens: bool = False
    """Whether something new begins here, so that a line is left free above."""

    @property
    def until(self) -> float:
        """When the last of what it stands for happened."""
        return self.t

    def text(self) -> Text:
        """The words."""
        return self.label.copy()


@dataclass(slots=True)
class Flow(Row):
    """Bytes of one connection in one direction, with the request that they are or the status that they carry."""

    count: int = 0
    pieces: int = 0
    last: float = 0.0
    head: str = ""
    tail: str = ""
    struck: bool = False
    """Whether a fault has struck since: what follows is drawn below it."""

    @property
    @override
    def until(self) -> float:
        return max(self.t, self.last)

    @override
    def text(self) -> Text:
        parts = [self.head, self.tail, size(self.count) if self.pieces else ""]
        label = self.label.copy().append(" · ".join(part for part in parts if part))
        if self.pieces > 1:
            label.append(f" in {self.pieces} pieces", "dim")
        if self.last - self.t >= 0.01:
            label.append(f", {seconds(self.last - self.t)}", "dim")
        return label


@dataclass(slots=True)
class Drawing:
    """The rows so far, and the latest flow of each connection."""

    tags: Mapping[str, bool]
    """Services with more than one connection: there the rows say of which."""
    ends: frozenset[tuple[str, int]]
    """Attempts of which the trace tells the end."""
    rows: list[Row] = field(default_factory=list)
    flows: dict[tuple[str, int], Flow] = field(default_factory=dict)

    def add(self, event: Event, look: Look, words: Text | str, alike: Hashable = "") -> Row:
        """Add a row of its own."""
        label = words if isinstance(words, Text) else Text(words)
        row = Row(event.t, event.service, look, label, (type(event), event.service, look, alike))
        self.rows.append(row)
        return row

    def tag(self, event: Event, connection: int) -> Text:
        """The connection's number, where there are several."""
        return Text.assemble((f"#{connection} ", "dim")) if self.tags.get(event.service) else Text()

    def flow(self, event: Event, connection: int, shape: Shape) -> Flow:
        """The flow that `event` goes on with, or a new one."""
        known = self.flows.get((event.service, connection))
        if known is not None and known.look.shape is shape and not known.tail and event.t - known.last < PAUSE:
            return known
        return self.new_flow(event, connection, shape)

    def new_flow(self, event: Event, connection: int, shape: Shape) -> Flow:
        """A flow that begins with `event`."""
        style = "cyan" if shape is Shape.OUT else "green"
        fresh = Flow(event.t, event.service, Look(shape, style), self.tag(event, connection), last=event.t)
        fresh.alike = ("flow", event.service, shape)
        self.flows[event.service, connection] = fresh
        self.rows.append(fresh)
        return fresh

    def strike(self, service: str) -> None:
        """A fault has struck the service."""
        for (whose, _), flow in self.flows.items():
            if whose == service:
                flow.struck = True
