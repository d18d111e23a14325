"""One cell, measured: a network of its own, the client in it, and what came of both.

Law: whatever the client does, its time is bounded, counted from when it has come; nothing of it is left, and what it did
is in the trace. What is this machine's fault is told as such, never as the client's.
"""

from __future__ import annotations

import io
import queue
import resource
import shlex
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import BinaryIO, Final

from pydantic import BaseModel, ConfigDict
from rich.console import Console

from simnet.api import network
from simnet.errors import MachineError
from simnet.fronts.child import Child, NotRunnableError, Surroundings, runnable
from simnet.fronts.grading.limits import environment
from simnet.fronts.inbox import Inbox, Over, Signalled
from simnet.fronts.matrix.asking import by_lines, command_of, run_line
from simnet.fronts.matrix.places import Found
from simnet.matrix.definition import Setting, SetUp
from simnet.matrix.failures import Failure, scenario_of
from simnet.matrix.measure import CONTACT, Written, last_words, outcome_of
from simnet.matrix.outcome import Cell, Outcome, Verdict
from simnet.matrix.protocol import Protocol
from simnet.trace.diagram import diagram
from simnet.trace.events import BytesIn, BytesOut, ClientEnded, ClientStarted, Event, Failed
from simnet.trace.journal import Trace
from simnet.world.run import World

__all__ = ["StoppedError", "Task", "cell_of", "unmeasured"]

START: Final = 60.0
"""Seconds that a client may take until it comes: interpreters and virtual machines start slowly on a busy machine."""
MOST_WRITTEN: Final = 1 << 20
"""Bytes that are read of what it wrote."""
MOST_EVENTS: Final = 120
WIDTH: Final = 84
"""Cells of the sequence diagram in a page."""


class StoppedError(Exception):
    """Whoever has asked for the cell wants us to end."""


class Task(BaseModel):
    """A cell to be measured."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    found: Found
    setting: Setting
    failure: str
    limit: float
    """Seconds from when the client has come."""
    file: str
    """Of the scenario, for the line that repeats the run."""
    isolated: bool


class _Asked(BaseModel):
    """A task with what its names stand for."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    task: Task
    set_up: SetUp
    failure: Failure
    protocol: Protocol


def cell_of(task: Task, failure: Failure, protocol: Protocol, inbox: Inbox) -> Cell:
    """Measure it. Raises `StoppedError` at a signal to us."""
    set_up = task.found.client.set_up(task.setting)
    if set_up is None or not set_up.can(failure.way):
        return unmeasured(task, Verdict.NOT_APPLICABLE, f"its definition has no `{failure.way.value}` in this setting")
    asked = _Asked(task=task, set_up=set_up, failure=failure, protocol=protocol)
    before = _processor_time()
    try:
        trace, output, errors = _run(asked, inbox)
    except (MachineError, NotRunnableError) as error:
        return unmeasured(task, Verdict.NOT_MEASURED, str(error))
    failed = trace.of(Failed)
    if failed:
        return unmeasured(task, Verdict.NOT_MEASURED, f"the failure could not be made: {failed[0].why}")
    written = Written(output, errors, failure.way, by_lines(set_up))
    told = {
        "run": run_line(task.found, set_up, failure, protocol, task.file),
        "diagram": _drawn(trace),
        "trace": tuple(_lines(trace)),
        "cpu": round(_processor_time() - before, 3),
    }
    outcome = outcome_of(trace, written, failure, protocol)
    said = last_words(errors) or (_of_errors(outcome) if outcome.verdict is Verdict.NOT_MEASURED else "")
    return _cell(task, outcome, said).model_copy(update=told)


def _of_errors(outcome: Outcome) -> str:
    """Why nobody came, as far as the client says."""
    chains = [f"{each.type}: {each.message}" for call in outcome.calls for each in call.error]
    return "; ".join(["it never came", *chains])


def unmeasured(task: Task, verdict: Verdict, why: str) -> Cell:
    """The cell of a client that could not be asked."""
    return _cell(task, Outcome(verdict=verdict), why)


def _cell(task: Task, outcome: Outcome, said: str) -> Cell:
    client = task.found.client
    return Cell(
        client=client.client,
        version=task.found.version,
        protocol=client.speaks,
        setting=task.setting.value,
        failure=task.failure,
        outcome=outcome,
        said=said,
    )


def _run(asked: _Asked, inbox: Inbox) -> tuple[Trace, bytes, bytes]:
    """The trace of the run, and what the client wrote on its two outputs."""
    scenario = scenario_of(asked.failure, asked.protocol)
    with (
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
        tempfile.TemporaryDirectory(prefix="simnet-") as scratch,
        network(scenario) as world,
    ):
        _to_its_end(asked, world, inbox, (output, errors), Path(scratch))
        written = _read(output), _read(errors)
    return world.trace, *written


def _read(file: BinaryIO) -> bytes:
    file.seek(0)
    return file.read(MOST_WRITTEN)


def _to_its_end(asked: _Asked, world: World, inbox: Inbox, files: tuple[BinaryIO, BinaryIO], scratch: Path) -> None:
    """Start the client, wait for it, end it if it must be; the trace has how it ended."""
    task, service = asked.task, world["api"]
    command = command_of(
        task.found, asked.set_up, asked.failure, asked.protocol, host=service.address, port=str(service.port)
    )
    runnable(command, None)
    came = _notice(world, inbox)
    world.journal.add(ClientStarted(t=world.elapsed(), command=_brief(shlex.join(command))))
    with world.supervising(files=world.own_files(), isolated=task.isolated) as supervision:
        launched = supervision.command(command, world.plan.open_files)
        apart = Surroundings(files[0].fileno(), _environment(task.found, scratch), files[1].fileno())
        child = Child(
            launched, world.environment(), supervision, inbox, aside=False, folder=task.found.folder, apart=apart
        )
        over = _wait(child, inbox, task.limit, came)
        status = over.status if over is not None else child.kill()
        lasted = child.seconds()
    world.journal.add(ClientEnded(t=world.elapsed(), status=status, seconds=round(lasted, 4), stopped=over is None))
    if over is None:
        _take_its_end(inbox)


def _notice(world: World, inbox: Inbox) -> list[Event]:
    """Where the first contact is noted, and told to whoever waits."""
    came: list[Event] = []

    def notice(event: Event) -> None:
        if not came and isinstance(event, CONTACT):
            came.append(event)
            inbox.put(event)

    world.journal.subscribe(notice)
    return came


def _wait(child: Child, inbox: Inbox, limit: float, came: list[Event]) -> Over | None:
    """Its end; None if its time was up."""
    until, counted = time.monotonic() + START, False
    while True:
        try:
            item = inbox.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            return None
        match item:
            case Over():
                return item
            case Signalled():
                child.kill()
                raise StoppedError
            case Event() if not counted and item in came:  # another one is left from a cell before
                until, counted = time.monotonic() + limit, True


def _take_its_end(inbox: Inbox) -> None:
    """It is of this cell: the next must not take it for its own."""
    while not isinstance(item := inbox.get(), Over):
        if isinstance(item, Signalled):
            raise StoppedError


def _environment(found: Found, scratch: Path) -> Mapping[str, str]:
    """No proxy, no configuration and no cache of the user's, so that the same comes out for everybody."""
    return {**environment(scratch), "NODE_PATH": str(found.node_modules)}


def _brief(command: str) -> str:
    return command if len(command) <= 400 else f"{command[:360]} ... {command[-30:]}"


def _drawn(trace: Trace) -> str:
    out = io.StringIO()
    Console(file=out, width=WIDTH, color_system=None).print(diagram(trace, WIDTH))
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines())


def _lines(trace: Trace) -> list[str]:
    """The events as stored, without the bytes, which the diagram has; the first ones, if there are very many."""
    told = [event for event in trace.events if not isinstance(event, BytesIn | BytesOut)]
    kept = Trace(trace.title, trace.seed, tuple(told[:MOST_EVENTS])).dumps().splitlines()[1:]
    left = len(told) - MOST_EVENTS
    return [*kept, f"... and {left} more"] if left > 0 else kept


def _processor_time() -> float:
    """Of ours and of those whose end we have seen."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)
