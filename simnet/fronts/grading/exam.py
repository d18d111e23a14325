"""One run of one client, under one seed, with limits: what happened, and how the client ended.

Law: whatever the client does, the run ends, nothing of it is left, and what it did is in the trace. What is this
machine's fault or simnet's is told from what is the client's: it is an `Unfair`, never a lost point.
"""

from __future__ import annotations

import os
import queue
import shlex
import signal
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.api import network
from simnet.checks.finishes import Finishes
from simnet.checks.judge import ISOLATION, judge
from simnet.errors import MachineError, SimnetError
from simnet.fronts.child import WARDENS, Child, Surroundings, size_of_tree
from simnet.fronts.grading.limits import Limits, environment, in_words, limited
from simnet.fronts.grading.output import Output
from simnet.fronts.inbox import Inbox, Over, Signalled, StoppedError
from simnet.grading.grade import Sitting
from simnet.grading.marks import came
from simnet.scenario import Scenario
from simnet.trace.events import (
    Attempt,
    ClientEnded,
    ClientStarted,
    DatagramIn,
    Event,
    Failed,
    Queried,
    RequestBegan,
)
from simnet.trace.journal import Trace
from simnet.trace.wording import seconds, size
from simnet.world.run import World

__all__ = ["Sat", "Unfair", "sit"]

GLANCE, LOOK = 0.05, 0.5
"""Seconds between two counts of the machine's processes, which cost next to nothing, and two looks at the client's."""

COUNTED = (Attempt, RequestBegan, DatagramIn, Queried)


@dataclass(frozen=True, slots=True)
class Sat:
    """A run that can be marked."""

    trace: Trace
    sitting: Sitting


@dataclass(frozen=True, slots=True)
class Unfair:
    """A run that says nothing about the client, and why."""

    why: str


@dataclass(frozen=True, slots=True)
class Exam:
    """What every run has in common."""

    scenario: Scenario
    command: tuple[str, ...]
    limits: Limits
    isolated: bool
    inbox: Inbox


def sit(exam: Exam, seed: int) -> Sat | Unfair:
    """Let the client sit the exam once. Raises `StoppedError` at a signal to us, `ScenarioError` for what cannot be."""
    try:
        with network(exam.scenario, seed) as world:
            ran = _Run(exam, world).to_its_end()
    except MachineError as error:
        return Unfair(str(error))
    except SimnetError:
        raise
    except (StoppedError, KeyboardInterrupt):
        raise
    except Exception as error:  # noqa: BLE001 - a bug of ours must not cost a student points
        return Unfair(f"a bug in simnet: {type(error).__name__}: {error}")
    trace = world.trace
    failed = trace.of(Failed)
    if failed:
        one = failed[0]
        return Unfair(f"fault {one.fault} ({one.kind}) of {one.service} did not strike {one.target}: {one.why}")
    return Sat(trace, _sitting(trace, seed, ran))


class _Run:
    """The client while it runs, and afterwards what is known of it."""

    def __init__(self, exam: Exam, world: World) -> None:
        self._exam, self._world = exam, world
        self.stopped, self.text, self.dropped = "", "", 0
        self._tries = 0

    def to_its_end(self) -> _Run:
        """Start it, wait, end it if it must be; the trace has how it ended."""
        exam, world = self._exam, self._world
        world.journal.subscribe(self._count)
        world.journal.add(ClientStarted(t=world.elapsed(), command=shlex.join(exam.command)))
        output = Output(exam.limits.output)
        with (
            tempfile.TemporaryDirectory(prefix="simnet-") as scratch,
            world.supervising(isolated=exam.isolated) as supervision,
        ):
            open_files = world.plan.open_files or exam.limits.open_files
            command = supervision.command(limited(exam.command, exam.limits), open_files)
            apart = Surroundings(output.end, environment(Path(scratch)))
            child = Child(command, world.environment(), supervision, exam.inbox, aside=False, apart=apart)
            output.start()
            over = self._wait(child)
            status = over.status if over is not None else child.kill()
            lasted = child.seconds()
        world.journal.add(ClientEnded(t=world.elapsed(), status=status, seconds=round(lasted, 4), stopped=over is None))
        self.text, self.dropped = output.text(), output.dropped
        if over is None:
            self._take_its_end()
        return self

    def _take_its_end(self) -> None:
        """It is of this run: the next must not take it for its own."""
        while not isinstance(item := self._exam.inbox.get(), Over):
            if isinstance(item, Signalled):
                raise StoppedError(item.number)

    def _wait(self, child: Child) -> Over | None:
        """Its end; None if it has to be ended, and then `stopped` says why."""
        until, looks = time.monotonic() + self._patience(), _Looks(child, self._exam.limits)
        while not self.stopped:
            try:
                item = self._exam.inbox.get(timeout=max(0.0, min(GLANCE, until - time.monotonic())))
            except queue.Empty:
                self.stopped = (
                    f"its time was up ({self._patience():g} s)" if time.monotonic() >= until else looks.excess()
                )
                continue
            match item:
                case Over():
                    return item
                case Signalled(number=number):
                    child.kill()
                    raise StoppedError(number)
                case Event() if self._tries > self._exam.limits.tries:  # else it is left from an earlier run
                    self.stopped = f"it had made more than {self._exam.limits.tries} tries"
        return None

    def _patience(self) -> float:
        """How long it may run: as long as it is expected to, where that is said and is less than our limit."""
        checks = self._world.plan.checks
        expected = [c.within.seconds for c in checks if isinstance(c, Finishes) and c.within is not None]
        return min([self._exam.limits.seconds, *expected])

    def _count(self, event: Event) -> None:
        """In the world's thread: tell the one who waits when there are too many."""
        if isinstance(event, COUNTED):
            self._tries += 1
            if self._tries == self._exam.limits.tries + 1:
                self._exam.inbox.put(event)


class _Looks:
    """Whether the client is beyond what all its processes together may use."""

    def __init__(self, child: Child, limits: Limits) -> None:
        self._child, self._limits = child, limits
        self._others, self._next = _processes(), 0.0

    def excess(self) -> str:
        """Which limit it is beyond, in words; "" if it is not."""
        many = _processes() - self._others > self._limits.processes
        if not many and time.monotonic() < self._next:
            return ""
        self._next = time.monotonic() + LOOK
        if many:  # a fork bomb doubles while we count
            self._child.to_group(signal.SIGSTOP)
        processes, memory = size_of_tree(self._child.pid)
        if processes - WARDENS > self._limits.processes:
            return f"it had more than {self._limits.processes} processes at a time"
        if memory > self._limits.memory:
            return f"its processes had more than {in_words(self._limits.memory)} of memory together"
        if many:
            self._child.to_group(signal.SIGCONT)
        return ""


def _processes() -> int:
    """How many there are on this machine, as far as we see it."""
    return sum(name.isdigit() for name in os.listdir("/proc"))


def _sitting(trace: Trace, seed: int, ran: _Run) -> Sitting:
    ended = trace.of(ClientEnded)[0]
    return Sitting(
        seed=seed,
        ended=_ended(ended, ran.stopped),
        seconds=ended.seconds,
        came=came(trace),
        attempts=trace.attempts(),
        stopped=ran.stopped,
        notes=tuple(_notes(trace, ran)),
        output=ran.text,
        dropped=ran.dropped,
    )


def _ended(ended: ClientEnded, stopped: str) -> str:
    lasted = seconds(ended.seconds)
    if stopped:
        return f"it was ended after {lasted}: {stopped}"
    how = f"was ended by signal {-ended.status}" if ended.status < 0 else f"exited with status {ended.status}"
    return f"it {how} after {lasted}"


def _notes(trace: Trace, ran: _Run) -> Sequence[str]:
    outside = [difference.message for difference in judge((), trace) if difference.check == ISOLATION]
    return [*outside, *([f"{size(ran.dropped)} of its output thrown away"] if ran.dropped else [])]
