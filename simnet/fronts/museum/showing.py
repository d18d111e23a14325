"""One version of a client against the scenario of its exhibit: what happened, and what it said.

Law: as under `simnet run`, but the client has neither our streams nor our variables, and it runs in the folder of its
scenario. Whatever it does, the run ends, and nothing of it is left.
"""

from __future__ import annotations

import queue
import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from simnet.api import network
from simnet.checks.contract import Check, Difference
from simnet.checks.finishes import Finishes
from simnet.checks.judge import judge
from simnet.fronts.child import Child, Surroundings
from simnet.fronts.command import words_of
from simnet.fronts.grading.output import Output
from simnet.fronts.inbox import Inbox, Over, Signalled, StoppedError
from simnet.fronts.museum.collection import Exhibit
from simnet.fronts.museum.record import Seen, Side, departure
from simnet.scenario.bug import Environment
from simnet.trace.events import ClientEnded, ClientStarted
from simnet.trace.journal import Trace
from simnet.trace.wording import seconds
from simnet.world.run import World

__all__ = ["Showing", "show"]

LIMIT = 60.0
"""Seconds that a client may take of which `finishes` says nothing."""
KEPT = 64 * 1024
"""Bytes of a client's output that are kept."""


@dataclass(frozen=True, slots=True)
class Showing:
    """One version, shown: its record, and what the record stands on."""

    seen: Seen
    trace: Trace
    checks: tuple[Check, ...]
    differences: tuple[Difference, ...]


def show(exhibit: Exhibit, side: Side, variables: Mapping[str, str], inbox: Inbox) -> Showing:
    """Run the version, with these environment variables.

    Raises `MachineError` if this machine cannot, `StoppedError` at a signal to us.
    """
    environment: Environment = exhibit.bug.bad if side == "bad" else exhibit.bug.good
    run = environment.run or exhibit.scenario.run
    assert run is not None, "a scenario with a bug has a command"
    command = words_of(run)
    with network(exhibit.scenario) as world:
        output = _run(world, command, exhibit, variables, inbox)
    trace, checks = world.trace, world.plan.checks
    differences, (ended,) = judge(checks, trace), trace.of(ClientEnded)
    seen = Seen(
        name=environment.name,
        command=run if isinstance(run, str) else shlex.join(run),
        ended=_ended(ended),
        seconds=ended.seconds,
        output=output,
        differences=tuple(map(str, differences)),
        departure=departure(side, exhibit.scenario, trace, differences, output),
    )
    return Showing(seen, trace, checks, differences)


def _run(world: World, command: Sequence[str], exhibit: Exhibit, variables: Mapping[str, str], inbox: Inbox) -> str:
    """Run the client to its end, or to its time's; what it wrote."""
    files, folder, output = world.own_files(), exhibit.path.absolute().parent, Output(KEPT)
    world.journal.add(ClientStarted(t=world.elapsed(), command=shlex.join(command)))
    with world.supervising(files=files) as supervision:
        launched = supervision.command(command, world.plan.open_files)
        apart = Surroundings(output.end, variables)
        child = Child(launched, world.environment(), supervision, inbox, aside=False, folder=folder, apart=apart)
        output.start()
        item = _first(inbox, child.began + _limit(world.plan.checks))
        status = item.status if isinstance(item, Over) else child.kill()
        lasted = child.seconds()
    if not isinstance(item, Over):
        _first(inbox, None)  # its end is of this run: the next must not take it for its own
    world.journal.add(
        ClientEnded(t=world.elapsed(), status=status, seconds=round(lasted, 4), stopped=not isinstance(item, Over))
    )
    if isinstance(item, Signalled):
        raise StoppedError(item.number)
    return output.text()


def _first(inbox: Inbox, until: float | None) -> Over | Signalled | None:
    """The end of the client, or a signal to us if there is a limit; None when that is reached."""
    while True:
        try:
            item = inbox.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        if isinstance(item, Over) or (isinstance(item, Signalled) and until is not None):
            return item


def _limit(checks: Sequence[Check]) -> float:
    return min([LIMIT, *(c.within.seconds for c in checks if isinstance(c, Finishes) and c.within is not None)])


def _ended(ended: ClientEnded) -> str:
    if ended.stopped:
        return f"it was ended after {seconds(ended.seconds)}"
    how = f"was ended by signal {-ended.status}" if ended.status < 0 else f"exited with status {ended.status}"
    return f"it {how} after {seconds(ended.seconds)}"
