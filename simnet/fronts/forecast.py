"""What each attempt, connection and request will meet, told from the plan before anything runs.

Law: it asks the plan the very questions that the world will ask; it has no opinion of its own. Equal neighbours are
told as one stretch, and a stretch is said to go on for ever only if nothing in the plan can end it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from simnet.faults.contract import AcceptVerdict, Condition, DoorVerdict, Fault, ReplyVerdict
from simnet.fronts.verdicts import in_words
from simnet.plan.plan import Chosen, PlannedFault, ServicePlan

__all__ = ["Forecast", "Meeting", "Stretch", "forecast"]

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
    """A further condition, that cannot be told before the run: "on connection 4"."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From the `first` to the `last` (None: for ever) attempt, connection or request, all meet the same."""

    unit: str
    first: int
    last: int | None
    meets: tuple[Meeting, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a service does between two moments, in seconds (`until` None: to the end)."""

    since: float
    until: float | None
    stretches: tuple[Stretch, ...]
    drawn: bool
    """Whether chance has a part in it, so that the seed matters and later ones are still to be drawn."""


def forecast(service: ServicePlan, count: int) -> tuple[Forecast, ...]:
    """Ask the plan for the first `count` of each unit and beyond, once for each time between two edges of `during`."""
    times = [0.0, *service.edges()]
    ends = [*times[1:], None]
    return tuple(_between(service, count, since, until) for since, until in zip(times, ends, strict=True))


def _between(service: ServicePlan, count: int, since: float, until: float | None) -> Forecast:
    faults = [planned for planned in service.faults if planned.covers(since)]
    drawn = any(_is_drawn(planned.fault) for planned in faults)
    units: list[tuple[Condition, Callable[[int], tuple[Meeting, ...]]]] = [
        (Condition.ATTEMPTS, lambda number: _door(service, number, since)),
        (Condition.CONNECTIONS, lambda number: _connection(service, number, since)),
    ]
    if service.speaks.has_requests:
        units.append((Condition.REQUESTS, lambda number: _request(service, number, since)))
    stretches = (
        stretch
        for unit, ask in units
        for stretch in _stretches(unit.value[:-1], ask, _horizon(faults, unit, count), endless=not drawn)
    )
    return Forecast(since, until, tuple(stretches), drawn)


def _is_drawn(fault: Fault) -> bool:
    return fault.when.chance is not None or getattr(fault, "chance", None) is not None


def _horizon(faults: Sequence[PlannedFault], unit: Condition, count: int) -> int:
    """How far to ask: one beyond the last number that any `when` names."""
    ranges = [pair for p in faults for pair in getattr(getattr(p.fault.when, unit.value), "ranges", ())]
    named = [(first if last is None else last) for first, last in ranges]
    return max([count, *(number + 1 for number in named if number < FURTHEST)])


def _stretches(
    unit: str, ask: Callable[[int], tuple[Meeting, ...]], horizon: int, *, endless: bool
) -> Iterator[Stretch]:
    numbers = range(1, horizon + 1)
    for meets, group in itertools.groupby(numbers, ask):
        members = list(group)
        last = None if endless and members[-1] == horizon else members[-1]
        yield Stretch(unit, members[0], last, meets)


def _door(service: ServicePlan, attempt: int, elapsed: float) -> tuple[Meeting, ...]:
    chosen = service.door(attempt, elapsed)
    return () if chosen is None else (_meeting(chosen),)


def _connection(service: ServicePlan, connection: int, elapsed: float) -> tuple[Meeting, ...]:
    accept, reply = service.accept(connection, elapsed), service.reply(connection, None, elapsed)
    return (*map(_meeting, accept), *map(_meeting, reply))


def _request(service: ServicePlan, request: int, elapsed: float) -> tuple[Meeting, ...]:
    """What a request meets on any connection; on which it comes is the client's choice."""
    found: dict[int, Meeting] = {}
    for connection in _connections_named(service):
        for chosen in service.reply(connection, request, elapsed):
            which = chosen.planned.fault.when.connections
            only = "" if which is None else f"on connection {which}"
            found.setdefault(chosen.planned.number, _meeting(chosen, only))
    return tuple(found[number] for number in sorted(found))


def _connections_named(service: ServicePlan) -> set[int]:
    """One connection inside each range that some `when` names, and the first."""
    numbers = [p.fault.when.connections for p in service.faults]
    return {1, *(first for named in numbers if named is not None for first, _ in named.ranges)}


def _meeting(chosen: Chosen[DoorVerdict] | Chosen[AcceptVerdict] | Chosen[ReplyVerdict], only: str = "") -> Meeting:
    fault = chosen.planned.fault
    return Meeting(chosen.planned.number, fault.kind, in_words(chosen.verdict), type(fault).client_sees, only)
