"""What the timeline shows of one service: attempts, connections with their requests, doors, faults; each with its words.

Law: pure, from events alone. Where the trace does not tell an end, the end of the run is taken.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simnet.trace.events import (
    Accepted,
    Applied,
    Attempt,
    AttemptOver,
    Closed,
    DoorSet,
    Event,
    Failed,
    NotReached,
    RequestBegan,
    RequestEnded,
    ServiceTrouble,
)
from simnet.trace.journal import Trace
from simnet.trace.wording import evidence, plural, seconds, size

__all__ = ["Lane", "Mark", "Stretch", "lane_of", "packed"]


@dataclass(frozen=True, slots=True)
class Mark:
    """Something at one moment: its look and its words."""

    t: float
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that lasts from `t` until `until`."""

    t: float
    until: float
    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Lane:
    """One service."""

    attempts: tuple[Mark, ...]
    waits: tuple[Stretch, ...]
    doors: tuple[Stretch, ...]
    connections: tuple[Stretch, ...]
    requests: tuple[tuple[int, Stretch], ...]
    """With the position of their connection."""
    faults: tuple[Mark, ...]


def lane_of(trace: Trace, service: str, end: float) -> Lane:
    """Everything that happened at `service`."""
    accepted = trace.of(Accepted, service)
    position = {event.connection: at for at, event in enumerate(accepted)}
    return Lane(
        attempts=tuple(_attempt(event) for event in trace.of(Attempt, service)),
        waits=tuple(_waits(trace, service)),
        doors=tuple(_doors(trace.of(DoorSet, service), end)),
        connections=tuple(_connections(trace, service, end)),
        requests=tuple(_requests(trace, service, position, end)),
        faults=tuple(mark for event in trace.events if event.service == service and (mark := _fault(event))),
    )


def packed(stretches: Sequence[Stretch], gap: float) -> list[int]:
    """The row of each, so that none overlaps another: the first row that has been free for `gap`."""
    rows: list[int] = []
    busy: list[tuple[float, int]] = []
    free: list[int] = []
    for each in stretches:
        while busy and busy[0][0] + gap <= each.t:
            heapq.heappush(free, heapq.heappop(busy)[1])
        row = heapq.heappop(free) if free else len(busy)
        rows.append(row)
        heapq.heappush(busy, (each.until, row))
    return rows


def _attempt(event: Attempt) -> Mark:
    look = {"open": "served", "refuse": "refused", "drop": "dropped", "full": "dropped"}.get(event.door, "other")
    by = f" by fault {event.fault}" if event.fault is not None else ""
    client = f" from {event.client}" if event.client else ""
    return Mark(
        event.t, look, f"{event.service}: attempt {event.number} at {event.t:.3f} s met a door: {event.door}{by}{client}"
    )


def _waits(trace: Trace, service: str) -> Iterator[Stretch]:
    for event in trace.of(AttemptOver, service):
        words = f"attempt {event.number}: {event.outcome} after {seconds(event.seconds)} and {plural(event.syns, 'SYN')}"
        yield Stretch(max(0.0, event.t - event.seconds), event.t, "wait", words)


def _doors(events: Sequence[DoorSet], end: float) -> Iterator[Stretch]:
    for at, event in enumerate(events):
        until = events[at + 1].t if at + 1 < len(events) else end
        if event.door != "open":
            yield Stretch(event.t, until, event.door, f"door: {event.door}, {event.t:.3f} to {until:.3f} s")


def _connections(trace: Trace, service: str, end: float) -> Iterator[Stretch]:
    closed = {event.connection: event for event in trace.of(Closed, service)}
    for event in trace.of(Accepted, service):
        over = closed.get(event.connection)
        words = f"connection {event.connection} of attempt {event.attempt} from {event.client}, {event.how}, at {event.t:.3f} s"
        if over is None:
            yield Stretch(event.t, end, "open", f"{words}; never closed")
            continue
        look = {"FIN": "fin", "RST": "rst"}.get(over.how, "unseen")
        told = f"{over.how} by {over.by} at {over.t:.3f} s; {size(over.bytes_in)} in, {size(over.bytes_out)} out"
        yield Stretch(event.t, over.t, look, f"{words}; {told}")


def _requests(trace: Trace, service: str, position: dict[int, int], end: float) -> Iterator[tuple[int, Stretch]]:
    ended = {event.request: event for event in trace.of(RequestEnded, service)}
    closed = {event.connection: event.t for event in trace.of(Closed, service)}
    for event in trace.of(RequestBegan, service):
        over = ended.get(event.request)
        until = closed.get(event.connection, end) if over is None else over.t
        outcome = "no whole reply" if over is None else f"status {over.status}"
        words = f"request {event.request}: {event.method} {event.target}, {outcome} after {seconds(until - event.t)}"
        if event.connection in position:
            yield position[event.connection], Stretch(event.t, until, "unanswered" if over is None else "answered", words)


def _fault(event: Event) -> Mark | None:
    match event:
        case Applied():
            said = f": {evidence(event.evidence)}" if event.evidence else ""
            return Mark(
                event.t, "struck", f"fault {event.fault}, {event.kind}, struck {event.target} at {event.t:.3f} s{said}"
            )
        case Failed():
            return Mark(event.t, "failed", f"fault {event.fault}, {event.kind}, failed at {event.target}: {event.why}")
        case NotReached(required=True):
            return Mark(event.t, "failed", f"fault {event.fault}, {event.kind}, was never reached")
        case ServiceTrouble():
            return Mark(event.t, "trouble", f"protocol broken on connection {event.connection}: {event.message}")
        case _:
            return None
