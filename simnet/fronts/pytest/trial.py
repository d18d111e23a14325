"""One network of one test, from before it is up until after it is down: what is to be said of the client then.

Law: the verdict is `judge`'s on the trace, joined by what only somebody in the client's process can see (its clock, what it
left open). It is asked for when the test function has ended, while fixtures may still use the network, and again when
the network is down; nothing is told twice.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from simnet.api import Source, network, open_world
from simnet.checks.contract import Difference
from simnet.checks.judge import judge
from simnet.fronts.pytest.refusals import ClockWatch
from simnet.trace.events import WorldDown
from simnet.trace.journal import Trace
from simnet.trace.outlook import as_if_over
from simnet.world.leaks import LeakWatch
from simnet.world.run import World

__all__ = ["Trial", "network_of", "world_of"]

LAST_WORD = 1.0
"""Seconds for the kernel's word on attempts that have just ended (see `world/run.py`): more than the world gives itself at its
end, since a test that fails for want of it costs more."""


@dataclass
class Trial:
    """A network and what was seen around it."""

    world: World
    clocks: ClockWatch
    own_thread: bool
    found: list[Difference] = field(default_factory=list)
    """Differences that no trace shows: leaks."""

    @property
    def can_be_judged(self) -> bool:
        """Whether all that the kernel has to say can be heard: while its thread runs, or when it is over."""
        return self.own_thread or bool(self.world.trace.of(WorldDown))

    def trace(self) -> Trace:
        """What has happened, with the kernel's last words and as if the network went down now."""
        if self.own_thread:
            self._hear_last_words()
        return as_if_over(self.world.trace)

    def differences(self) -> tuple[Difference, ...]:
        """Everything that is not as it should be."""
        return (*judge(self.world.plan.checks, self.trace()), *self.clocks.differences(), *self.found)

    def _hear_last_words(self) -> None:
        until = time.monotonic() + LAST_WORD
        while self.world.catch_up() and time.monotonic() < until:
            time.sleep(0.001)


@contextlib.contextmanager
def network_of(source: Source, seed: int | None, leaks: str) -> Iterator[Trial]:
    """Bring a network up in a thread of its own, for the length of the block."""
    watch = LeakWatch() if leaks == "error" else None
    with network(source, seed) as world, _trial(world, watch, own_thread=True) as trial:
        yield trial
    _tell(trial, watch)


@contextlib.asynccontextmanager
async def world_of(source: Source, seed: int | None, leaks: str) -> AsyncIterator[Trial]:
    """Bring a network up in the Trio loop that is running."""
    watch = LeakWatch() if leaks == "error" else None
    async with open_world(source, seed) as world:
        with _trial(world, watch, own_thread=False) as trial:
            yield trial
    _tell(trial, watch)


@contextlib.contextmanager
def _trial(world: World, watch: LeakWatch | None, *, own_thread: bool) -> Iterator[Trial]:
    trial = Trial(world, ClockWatch(world.services.values()), own_thread=own_thread)
    try:
        yield trial
    finally:
        if watch is not None:
            watch.look_at_connections(world)
        trial.clocks.close()


def _tell(trial: Trial, watch: LeakWatch | None) -> None:
    if watch is not None:
        trial.found += [Difference("leaks", leak.service, str(leak)) for leak in watch.leaks()]
