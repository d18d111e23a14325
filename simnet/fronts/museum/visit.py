"""A visit to one exhibit: both versions furnished, then shown.

Law: both environments are there before anything is brought up, so that a version that cannot be had costs no run. What
this machine cannot do is written into the record of the version, never taken for what the version did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from simnet.errors import MachineError
from simnet.fronts.inbox import Inbox
from simnet.fronts.museum.collection import Exhibit
from simnet.fronts.museum.furnish import furnished
from simnet.fronts.museum.record import Record, Seen, Side
from simnet.fronts.museum.showing import Showing, show
from simnet.scenario.bug import Environment

__all__ = ["SIDES", "Visit", "visit"]

SIDES: tuple[Side, ...] = ("bad", "good")


@dataclass(frozen=True, slots=True)
class Visit:
    """What was seen; a version that could not be run has no showing."""

    record: Record
    showings: Mapping[Side, Showing] = field(default_factory=dict)


def visit(exhibit: Exhibit, inbox: Inbox, tell: Callable[[str], None]) -> Visit:
    """Show both versions; `tell` is for what takes long. Raises `StoppedError` at a signal to us."""
    environments: dict[Side, Environment] = {"bad": exhibit.bug.bad, "good": exhibit.bug.good}
    variables: dict[Side, Mapping[str, str]] = {}
    seen: dict[Side, Seen] = {}
    for side, environment in environments.items():
        try:
            variables[side] = furnished(environment, inbox, tell)
        except MachineError as error:
            seen[side] = Seen(name=environment.name, unavailable=str(error))
    showings: dict[Side, Showing] = {}
    for side in variables if not seen else ():
        try:
            showings[side] = show(exhibit, side, variables[side], inbox)
            seen[side] = showings[side].seen
        except MachineError as error:
            seen[side] = Seen(name=environments[side].name, unavailable=str(error))
    for side in set(SIDES) - set(seen):
        seen[side] = Seen(name=environments[side].name, unavailable="the other one cannot be")
    return Visit(_record(exhibit, seen), showings)


def _record(exhibit: Exhibit, seen: Mapping[Side, Seen]) -> Record:
    bug = exhibit.bug
    return Record(
        name=exhibit.name,
        title=exhibit.scenario.title,
        of=bug.of,
        issues=bug.issues,
        found=bug.found,
        look_at=bug.look_at,
        about=exhibit.scenario.about,
        bad=seen["bad"],
        good=seen["good"],
    )
