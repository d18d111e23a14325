"""What each attempt, connection and request will meet, told from the plan before anything runs.

Law: it asks the plan the very questions that the world will ask; it has no opinion of its own. Equal neighbours are
told as one stretch, and a stretch is said to go on for ever only if nothing in the plan can end it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from simnet.faults.contract import Condition, Fault
from simnet.fronts.verdicts import in_words
from simnet.plan.plan import Chosen, PlannedFault, ServicePlan
from simnet.values import Numbers
from simnet.verdicts.accept import AcceptVerdict
from simnet.verdicts.datagram import DatagramVerdict
from simnet.verdicts.door import DoorVerdict
from simnet.verdicts.query import QueryVerdict
from simnet.verdicts.reply import ReplyVerdict
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.verdicts.tls import TlsVerdict
from simnet.verdicts.upload import UploadVerdict

__all__ = ["Meeting", "Outlook", "Stretch", "forecast"]

FURTHEST = 2000
"""How far it looks by itself for the end of the last numbered range."""


@dataclass(frozen=True, slots=True)
class Meeting:
    """One fault that is met: its number and kind, what it does, and what a client sees of it."""

    fault: int
    kind: str
    does: str
    client_sees: str
    only: str = ""
    """A further condition, that cannot be told before the run: "on connection 4", "for gone.test"."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the `first` to the `last` (None: for ever) all meet the same."""

    first: int
    last: int | None
    meets: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What attempts (connections, requests: the `unit`) meet between two moments, in seconds; `until` None: the end."""

    unit: str
    since: float
    until: float | None
    stretches: tuple[Stretch, ...]
    drawn: bool
    """Whether chance has a part in it, so that the seed matters and later ones are still to be drawn."""


_AnyChosen: TypeAlias = (
    Chosen[TlsVerdict]
    | Chosen[QueryVerdict]
    | Chosen[DatagramVerdict]
    | Chosen[UploadVerdict]
    | Chosen[DoorVerdict]
    | Chosen[AcceptVerdict]
    | Chosen[ReplyVerdict]
    | Chosen[RequestVerdict]
    | Chosen[RestVerdict]
)
_Question: TypeAlias = Callable[[int, float], tuple[Meeting, ...]]


def forecast(service: ServicePlan, count: int) -> tuple[Outlook, ...]:
    """Ask the plan for the first `count` of each unit and beyond; times in which nothing differs are told as one."""
    units: list[tuple[Condition, _Question]] = []
    if service.takes_connections:
        units.append((Condition.ATTEMPTS, lambda number, elapsed: _door(service, number, elapsed)))
        units.append((Condition.CONNECTIONS, lambda number, elapsed: _connection(service, number, elapsed)))
    if service.speaks.has_requests:
        units.append((Condition.REQUESTS, lambda number, elapsed: _request(service, number, elapsed)))
    return tuple(outlook for unit, ask in units for outlook in _over_time(service, unit, ask, count))


def _over_time(service: ServicePlan, unit: Condition, ask: _Question, count: int) -> Iterator[Outlook]:
    """The plan changes at the edges of each `during` and at no other time."""
    horizon = _horizon(service.faults, unit, count)
    moments = [0.0, *service.edges()]
    told = [(since, *_at(service, since, ask, horizon, unit)) for since in moments]
    groups = [list(group) for _, group in itertools.groupby(told, lambda one: one[1:])]
    ends = [*(group[0][0] for group in groups[1:]), None]
    for group, until in zip(groups, ends, strict=True):
        since, stretches, drawn = group[0]
        yield Outlook(unit.value[:-1], since, until, stretches, drawn)


def _at(
    service: ServicePlan, elapsed: float, ask: _Question, horizon: int, unit: Condition
) -> tuple[tuple[Stretch, ...], bool]:
    drawn = any(_is_drawn(p.fault) and unit in _draws_for(p.fault) for p in service.faults if p.covers(elapsed))
    return tuple(_stretches(lambda number: ask(number, elapsed), horizon, endless=not drawn)), drawn


def _is_drawn(fault: Fault) -> bool:
    return fault.when.chance is not None or getattr(fault, "chance", None) is not None


def _draws_for(fault: Fault) -> set[Condition]:
    """The units that a draw may be made for."""
    if type(fault).at_door is not Fault.at_door:
        return {Condition.ATTEMPTS}
    if type(fault).moment() in {"at_query", "at_datagram"}:
        return {Condition.REQUESTS}
    return {Condition.CONNECTIONS, Condition.REQUESTS}


def _horizon(faults: Sequence[PlannedFault], unit: Condition, count: int) -> int:
    """How far to ask: one beyond the last number that any `when` names."""
    numbers: list[Numbers | None] = [getattr(planned.fault.when, unit.value) for planned in faults]
    ranges = [pair for named in numbers if named is not None for pair in named.ranges]
    ends = [first if last is None else last for first, last in ranges]
    return max([count, *(end + 1 for end in ends if end < FURTHEST)])


def _stretches(ask: Callable[[int], tuple[Meeting, ...]], horizon: int, *, endless: bool) -> Iterator[Stretch]:
    for meets, group in itertools.groupby(range(1, horizon + 1), ask):
        members = list(group)
        last = None if endless and members[-1] == horizon else members[-1]
        yield Stretch(members[0], last, meets)


def _door(service: ServicePlan, attempt: int, elapsed: float) -> tuple[Meeting, ...]:
    chosen = service.door(attempt, elapsed)
    return () if chosen is None else (_meeting(chosen),)


def _connection(service: ServicePlan, connection: int, elapsed: float) -> tuple[Meeting, ...]:
    accept, reply = service.accept(connection, elapsed), service.reply(connection, None, elapsed)
    tls, upload = service.handshake(connection, elapsed), service.upload(connection, elapsed)
    handshake = () if tls is None else (_meeting(tls),)
    return (*map(_meeting, accept), *handshake, *map(_meeting, upload), *map(_meeting, reply))


def _request(service: ServicePlan, request: int, elapsed: float) -> tuple[Meeting, ...]:
    """What a request meets on any connection; on which it comes is the client's choice."""
    found = {one.planned.number: _meeting(one) for one in service.datagram(request, elapsed)}
    for asked in service.query(None, request, elapsed):
        name = getattr(asked.planned.fault, "name", None)
        found[asked.planned.number] = _meeting(asked, "" if name is None else f"for {name}")
    for connection in _connections_named(service):
        meets: list[_AnyChosen] = [
            *service.request(connection, request, elapsed),
            *service.reply(connection, request, elapsed),
            *service.rest(connection, request, elapsed),
        ]
        for chosen in meets:
            which = chosen.planned.fault.when.connections
            only = "" if which is None else f"on connection {which}"
            found.setdefault(chosen.planned.number, _meeting(chosen, only))
    return tuple(found[number] for number in sorted(found))


def _connections_named(service: ServicePlan) -> set[int]:
    """One connection inside each range that some `when` names, and the first."""
    numbers = [p.fault.when.connections for p in service.faults]
    return {1, *(first for named in numbers if named is not None for first, _ in named.ranges)}


def _meeting(chosen: _AnyChosen, only: str = "") -> Meeting:
    fault = chosen.planned.fault
    return Meeting(chosen.planned.number, fault.kind, in_words(chosen.verdict), type(fault).client_sees, only)
