"""Events -> the rows of a sequence diagram: what each is drawn as, before anything is known of widths.

Law: every kind of event is in `DRAWN` or, with the reason, in `LEFT_OUT`. Only what says the same is joined: bytes of
one connection in one direction with no pause between them, and a request or status with its own bytes.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rich.text import Text
from typing_extensions import override

from simnet.trace.events import (
    Accepted,
    AcceptFailed,
    Applied,
    Attempt,
    AttemptOver,
    BytesIn,
    BytesOut,
    ClientEnded,
    ClientStarted,
    Closed,
    DoorSet,
    Event,
    Failed,
    NotReached,
    Planned,
    RequestBegan,
    RequestEnded,
    ServiceTrouble,
    ServiceUp,
    WorldDown,
)  # fmt: skip
from simnet.trace.wording import evidence, plural, seconds, shown, size

__all__ = ["DRAWN", "LEFT_OUT", "Flow", "Row", "Shape", "rows_of"]

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
class _Drawing:
    """The rows so far, and where the latest flow of each connection is."""

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


def rows_of(events: Iterable[Event], *, tags: Mapping[str, bool]) -> list[Row]:
    """The rows for `events`, in their order. `tags` says for which services rows name their connection."""
    listed = tuple(events)
    ends = frozenset((e.service, e.number) for e in listed if isinstance(e, AttemptOver))
    drawing = _Drawing(tags, ends)
    for event in listed:
        if draw := DRAWN.get(type(event)):
            draw(drawing, event)
    return drawing.rows


def _attempt(to: _Drawing, event: Attempt) -> None:
    look = Look(Shape.LOST, "red") if event.door in {"drop", "full"} else Look(Shape.OUT, "blue")
    to.add(event, look, Text.assemble(("SYN", "bold"), f" · attempt {event.number}"), event.door).opens = True
    if event.door == "refuse" and (event.service, event.number) not in to.ends:
        to.add(event, Look(Shape.BACK, "red"), Text("RST", "bold"))


def _attempt_over(to: _Drawing, event: AttemptOver) -> None:
    which, took = f"attempt {event.number}", f"after {seconds(event.seconds)} and {plural(event.syns, 'SYN')}"
    match event.outcome:
        case "refused":
            to.add(event, Look(Shape.BACK, "red"), Text.assemble(("RST", "bold"), " · refused"))
        case "admitted":
            to.add(event, Look(Shape.HERE, "green", "○"), f"{which} let in {took}")
        case "gave_up":
            to.add(event, Look(Shape.THERE, "red", "✗"), f"{which} gave up {took}")
        case other:
            to.add(event, Look(Shape.THERE, "yellow", "○"), f"{which}: {shown(other)} {took}", other)


def _accepted(to: _Drawing, event: Accepted) -> None:
    name = f"connection {event.connection}"
    if event.how == "simultaneous open":
        to.add(event, Look(Shape.BACK, "green"), Text.assemble(("SYN", "bold"), f" · {name}, {event.how}"))
    else:
        to.add(event, Look(Shape.HERE, "green", "●"), f"{name} accepted")


def _accept_failed(to: _Drawing, event: AcceptFailed) -> None:
    to.add(event, Look(Shape.HERE, "red", "✗"), f"accept failed: {shown(event.errno)}", event.errno)


def _door_set(to: _Drawing, event: DoorSet) -> None:
    to.add(event, Look(Shape.HERE, "dim", "◌"), Text(f"door: {shown(event.door)}", "dim"), event.door)


def _bytes(to: _Drawing, event: BytesIn | BytesOut) -> None:
    shape = Shape.OUT if isinstance(event, BytesIn) else Shape.BACK
    flow = to.flow(event, event.connection, shape)
    if flow.head or flow.struck:  # what comes after a whole request is of the next one
        flow = to.new_flow(event, event.connection, shape)
    flow.count, flow.pieces, flow.last = flow.count + event.count, flow.pieces + 1, event.t


def _request_began(to: _Drawing, event: RequestBegan) -> None:
    flow = to.flow(event, event.connection, Shape.OUT)
    if flow.head:
        flow = to.new_flow(event, event.connection, Shape.OUT)
    flow.head = shown(f"{event.method} {event.target}")
    flow.alike = ("request", event.service, flow.head)


def _request_ended(to: _Drawing, event: RequestEnded) -> None:
    flow = to.flow(event, event.connection, Shape.BACK)
    flow.tail = f"status {event.status}"
    flow.alike = ("reply", event.service, event.status)


def _closed(to: _Drawing, event: Closed) -> None:
    shape = Shape.OUT if event.by == "client" else Shape.BACK
    label = to.tag(event, event.connection).append(shown(event.how), "bold").append(f" by {shown(event.by)}")
    label.append(f" · {size(event.bytes_in)} in, {size(event.bytes_out)} out", "dim")
    to.add(event, Look(shape, "red" if event.how == "RST" else "blue"), label, (event.by, event.how))
    to.flows.pop((event.service, event.connection), None)


def _applied(to: _Drawing, event: Applied) -> None:
    label = Text.assemble((f" {shown(event.kind)} ", "black on yellow"), f" {shown(event.target)}")
    if event.evidence:
        label.append(f" · {evidence(event.evidence)}", "dim")
    to.add(event, Look(Shape.HERE, "yellow", "◆"), label, (event.fault, event.kind))
    to.strike(event.service)


def _failed(to: _Drawing, event: Failed) -> None:
    label = Text.assemble(
        (f" {shown(event.kind)} failed ", "white on red"), f" {shown(event.target)}: {shown(event.why)}"
    )
    to.add(event, Look(Shape.HERE, "red", "✗"), label, (event.fault, event.kind))
    to.strike(event.service)


def _not_reached(to: _Drawing, event: NotReached) -> None:
    style = "red" if event.required else "dim"
    to.add(event, Look(Shape.HERE, style, "◇"), Text(f"fault {event.fault}, {shown(event.kind)}: not reached", style))


def _trouble(to: _Drawing, event: ServiceTrouble) -> None:
    label = to.tag(event, event.connection).append(f"protocol broken: {shown(event.message)}")
    to.add(event, Look(Shape.HERE, "magenta", "!"), label, event.message)


def _client_started(to: _Drawing, event: ClientStarted) -> None:
    to.add(event, Look(Shape.THERE, "bold", "▷"), f"starts: {shown(event.command)}")


def _client_ended(to: _Drawing, event: ClientEnded) -> None:
    how = f"was ended by signal {-event.status}" if event.status < 0 else f"exited with status {event.status}"
    by = " · stopped by simnet" if event.stopped else ""
    style = "red" if event.status or event.stopped else "green"
    to.add(event, Look(Shape.THERE, style, "■"), f"{how} after {seconds(event.seconds)}{by}").opens = True


DRAWN: Mapping[type[Event], Callable[[_Drawing, Any], None]] = {
    Attempt: _attempt,
    AttemptOver: _attempt_over,
    Accepted: _accepted,
    AcceptFailed: _accept_failed,
    BytesIn: _bytes,
    BytesOut: _bytes,
    RequestBegan: _request_began,
    RequestEnded: _request_ended,
    Closed: _closed,
    Applied: _applied,
    Failed: _failed,
    NotReached: _not_reached,
    DoorSet: _door_set,
    ServiceTrouble: _trouble,
    ClientStarted: _client_started,
    ClientEnded: _client_ended,
}
"""How each kind of event is drawn."""

LEFT_OUT: Mapping[type[Event], str] = {
    ServiceUp: "it is the head of a lifeline",
    Planned: "it is in the proof table: nothing happens at its time",
    WorldDown: "it is the foot of the lifelines",
}
"""The kinds of event that have no row of their own, and why."""
