"""Events -> rows: what each kind of event is drawn as.

Law: every kind of event is in `DRAWN` or, with the reason, in `LEFT_OUT`. SYN, RST and FIN are drawn where an event
says so, not where a plan does.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from rich.text import Text

from simnet.trace.drawn_tls import client_hello, handshake_done, handshake_failed
from simnet.trace.events import (
    Accepted,
    AcceptFailed,
    Answered,
    Applied,
    Attempt,
    AttemptOver,
    BytesAfterFin,
    BytesIn,
    BytesOut,
    CallBegan,
    CallEnded,
    ClientEnded,
    ClientHelloSeen,
    ClientStarted,
    Closed,
    DatagramIn,
    DatagramOut,
    Dialled,
    DoorSet,
    Effect,
    Event,
    Failed,
    HandshakeDone,
    HandshakeFailed,
    NotReached,
    Observed,
    Outside,
    Planned,
    Queried,
    RequestBegan,
    RequestEnded,
    ServiceTrouble,
    ServiceUp,
    TakenDown,
    UpstreamClosed,
    WorldDown,
)
from simnet.trace.rows import Drawing, Look, Row, Shape
from simnet.trace.wording import endpoint, evidence, plural, seconds, shown, size

__all__ = ["DRAWN", "LEFT_OUT", "rows_of"]

BRIEF = 0.05
"""Seconds that a door must stay as it is to be worth a row."""


def rows_of(events: Iterable[Event], *, tags: Mapping[str, bool]) -> list[Row]:
    """The rows for `events`, in their order. `tags` says for which services rows name their connection."""
    listed = tuple(_without_brief_doors(tuple(events)))
    ends = frozenset((e.service, e.number) for e in listed if isinstance(e, AttemptOver))
    drawing = Drawing(tags, ends)
    for event in listed:
        if draw := DRAWN.get(type(event)):
            draw(drawing, event)
    return drawing.rows


def _without_brief_doors(events: Sequence[Event]) -> Iterator[Event]:
    """Leave out the switches of a door for one attempt only: the attempt shows what it met."""
    until: dict[str, float] = {}
    kept: list[Event] = []
    for event in reversed(events):
        if not isinstance(event, DoorSet):
            kept.append(event)
            continue
        if until.get(event.service, math.inf) - event.t >= BRIEF:
            kept.append(event)
        until[event.service] = event.t
    return reversed(kept)


def _attempt(to: Drawing, event: Attempt) -> None:
    look = Look(Shape.LOST, "red") if event.door in {"drop", "full"} else Look(Shape.OUT, "blue")
    to.add(event, look, Text.assemble(("SYN", "bold"), f" · attempt {event.number}"), event.door).opens = True
    if event.door == "refuse" and (event.service, event.number) not in to.ends:
        to.add(event, Look(Shape.BACK, "red"), Text("RST", "bold"))


def _attempt_over(to: Drawing, event: AttemptOver) -> None:
    which, took = f"attempt {event.number}", f"after {seconds(event.seconds)} and {plural(event.syns, 'SYN')}"
    match event.outcome:
        case "refused":
            to.add(event, Look(Shape.BACK, "red"), Text.assemble(("RST", "bold"), f" · {which} refused"))
        case "admitted":
            to.add(event, Look(Shape.HERE, "green", "○"), f"{which} let in {took}")
        case "gave_up":
            to.add(event, Look(Shape.THERE, "red", "✗"), f"{which} gave up {took}")
        case other:
            to.add(event, Look(Shape.THERE, "yellow", "○"), f"{which}: {shown(other)} {took}", other)


def _accepted(to: Drawing, event: Accepted) -> None:
    name = f"connection {event.connection}"
    if event.how == "simultaneous open":
        to.add(event, Look(Shape.BACK, "green"), Text.assemble(("SYN", "bold"), f" · {name}, {event.how}"))
    else:
        to.add(event, Look(Shape.HERE, "green", "●"), f"{name} accepted")


def _accept_failed(to: Drawing, event: AcceptFailed) -> None:
    to.add(event, Look(Shape.HERE, "red", "✗"), f"accept failed: {shown(event.errno)}", event.errno)


def _door_set(to: Drawing, event: DoorSet) -> None:
    to.add(event, Look(Shape.HERE, "dim", "◌"), Text(f"door: {shown(event.door)}", "dim"), event.door)


def _bytes(to: Drawing, event: BytesIn | BytesOut) -> None:
    shape = Shape.OUT if isinstance(event, BytesIn) else Shape.BACK
    flow = to.flow(event, event.connection, shape)
    if flow.head or flow.struck:  # what comes after a whole request is of the next one
        flow = to.new_flow(event, event.connection, shape)
    flow.count, flow.pieces, flow.last = flow.count + event.count, flow.pieces + 1, event.t


def _bytes_after_fin(to: Drawing, event: BytesAfterFin) -> None:
    label = to.tag(event, event.connection).append(f"{size(event.count)} after our FIN, thrown away")
    to.add(event, Look(Shape.HERE, "yellow", "!"), label)


def _request_began(to: Drawing, event: RequestBegan) -> None:
    flow = to.flow(event, event.connection, Shape.OUT)
    if flow.head:
        flow = to.new_flow(event, event.connection, Shape.OUT)
    flow.head = shown(f"{event.method} {event.target}")
    flow.alike = ("request", event.service, flow.head)


def _effect(to: Drawing, event: Effect) -> None:
    """Only what a reader must not miss has a row: that it was done twice, or not again."""
    if event.repeats is None:
        return
    what, which = shown(f"{event.method} {event.target}"), f"effect {event.repeats}"
    if event.done:
        to.add(event, Look(Shape.HERE, "red", "‼"), to.tag(event, event.connection).append(f"{what} does {which} again"))
    else:
        label = to.tag(event, event.connection).append(f"{what} is known by its key as {which}: not done again")
        to.add(event, Look(Shape.HERE, "green", "="), label)


def _request_ended(to: Drawing, event: RequestEnded) -> None:
    flow = to.flow(event, event.connection, Shape.BACK)
    flow.tail = f"status {event.status}"
    flow.alike = ("reply", event.service, event.status)


def _datagram(to: Drawing, event: DatagramIn | DatagramOut) -> None:
    look = Look(Shape.OUT, "cyan") if isinstance(event, DatagramIn) else Look(Shape.BACK, "green")
    words = Text.assemble((f"#{event.request} ", "dim"), f"datagram · {size(event.count)}")
    to.add(event, look, words, "datagram")


def _queried(to: Drawing, event: Queried) -> None:
    to.add(event, Look(Shape.HERE, "cyan", "?"), shown(f"{event.type} {event.name}, by {event.transport}"), event.name)


def _answered(to: Drawing, event: Answered) -> None:
    said = f"{event.rcode}{', truncated' if event.truncated else ''} {event.answers}"
    to.add(event, Look(Shape.HERE, "green" if event.answers else "dim", "!"), shown(said.strip()), said)


def _closed(to: Drawing, event: Closed) -> None:
    shape = Shape.OUT if event.by == "client" else Shape.BACK
    label = to.tag(event, event.connection).append(shown(event.how), "bold").append(f" by {shown(event.by)}")
    label.append(f" · {size(event.bytes_in)} in, {size(event.bytes_out)} out", "dim")
    to.add(event, Look(shape, "red" if event.how == "RST" else "blue"), label, (event.by, event.how))
    to.flows.pop((event.service, event.connection), None)


def _dialled(to: Drawing, event: Dialled) -> None:
    label = to.tag(event, event.connection).append(f"dials {shown(event.upstream)}")
    label.append(f": {shown(event.errno)}" if event.errno else f", connected after {seconds(event.seconds)}")
    to.add(event, Look(Shape.HERE, "red" if event.errno else "green", "✗" if event.errno else "●"), label, event.errno)


def _upstream_closed(to: Drawing, event: UpstreamClosed) -> None:
    label = to.tag(event, event.connection).append("upstream: ").append(shown(event.how), "bold")
    label.append(f" by {shown(event.by)}").append(f" · {size(event.bytes_in)} in, {size(event.bytes_out)} out", "dim")
    to.add(event, Look(Shape.HERE, "red" if event.how == "RST" else "blue", "○"), label, (event.by, event.how))


def _applied(to: Drawing, event: Applied) -> None:
    label = Text.assemble((f" {shown(event.kind)} ", "black on yellow"), f" {shown(event.target)}")
    if event.evidence:
        label.append(f" · {evidence(event.evidence)}", "dim")
    to.add(event, Look(Shape.HERE, "yellow", "◆"), label, (event.fault, event.kind))
    to.strike(event.service)


def _failed(to: Drawing, event: Failed) -> None:
    label = Text.assemble(
        (f" {shown(event.kind)} failed ", "white on red"), f" {shown(event.target)}: {shown(event.why)}"
    )
    to.add(event, Look(Shape.HERE, "red", "✗"), label, (event.fault, event.kind))
    to.strike(event.service)


def _not_reached(to: Drawing, event: NotReached) -> None:
    style = "red" if event.required else "dim"
    to.add(event, Look(Shape.HERE, style, "◇"), Text(f"fault {event.fault}, {shown(event.kind)}: not reached", style))


def _trouble(to: Drawing, event: ServiceTrouble) -> None:
    label = to.tag(event, event.connection).append(f"protocol broken: {shown(event.message)}")
    to.add(event, Look(Shape.HERE, "magenta", "!"), label, event.message)


def _client_started(to: Drawing, event: ClientStarted) -> None:
    to.add(event, Look(Shape.THERE, "bold", "▷"), f"starts: {shown(event.command)}")


def _observed(to: Drawing, event: Observed) -> None:
    if event.why:  # what is as it should be needs no row
        to.add(event, Look(Shape.THERE, "magenta", "!"), f"attempts are announced by {event.by}: {shown(event.why)}")


def _outside(to: Drawing, event: Outside) -> None:
    label = f"dials {endpoint(event.address, event.port)} ({shown(event.transport)}): outside, there is no way"
    to.add(event, Look(Shape.THERE, "red", "✗"), label)


def _call_began(to: Drawing, event: CallBegan) -> None:
    to.add(event, Look(Shape.THERE, "bold", "▷"), f"call: {shown(event.name)}", event.name).opens = True


def _call_ended(to: Drawing, event: CallEnded) -> None:
    style = "green" if event.outcome == "ok" else "red"
    to.add(event, Look(Shape.THERE, style, "■"), f"call ends: {shown(event.outcome)}", event.outcome)


def _client_ended(to: Drawing, event: ClientEnded) -> None:
    how = f"was ended by signal {-event.status}" if event.status < 0 else f"exited with status {event.status}"
    by = " · stopped by simnet" if event.stopped else ""
    style = "red" if event.status or event.stopped else "green"
    to.add(event, Look(Shape.THERE, style, "■"), f"{how} after {seconds(event.seconds)}{by}").opens = True


DRAWN: Mapping[type[Event], Callable[[Drawing, Any], None]] = {
    Attempt: _attempt,
    AttemptOver: _attempt_over,
    Accepted: _accepted,
    AcceptFailed: _accept_failed,
    BytesIn: _bytes,
    BytesOut: _bytes,
    ClientHelloSeen: client_hello,
    HandshakeDone: handshake_done,
    HandshakeFailed: handshake_failed,
    RequestBegan: _request_began,
    Effect: _effect,
    RequestEnded: _request_ended,
    DatagramIn: _datagram,
    DatagramOut: _datagram,
    Queried: _queried,
    Answered: _answered,
    Closed: _closed,
    BytesAfterFin: _bytes_after_fin,
    Dialled: _dialled,
    UpstreamClosed: _upstream_closed,
    Applied: _applied,
    Failed: _failed,
    NotReached: _not_reached,
    DoorSet: _door_set,
    ServiceTrouble: _trouble,
    ClientStarted: _client_started,
    CallBegan: _call_began,
    CallEnded: _call_ended,
    Observed: _observed,
    Outside: _outside,
    ClientEnded: _client_ended,
}
"""How each kind of event is drawn."""

LEFT_OUT: Mapping[type[Event], str] = {
    ServiceUp: "it is the head of a lifeline",
    Planned: "it is in the proof table: nothing happens at its time",
    TakenDown: "what is open then is seen to be closed by us",
    WorldDown: "it is the foot of the lifelines",
}
"""The kinds of event that have no row of their own, and why."""
