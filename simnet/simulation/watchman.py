"""The watchman: sees that a run in virtual time will never end.

Law: a client that waits for ever is found when nothing can run and nothing is due, or when, for an hour of its time (or
for as long as keep-alive takes), nobody has done anything but look at a clock; one that works for ever, when it has taken
too many steps without time passing. It only looks, ends the client's scope, and keeps the stacks: whoever started the run
raises.
"""

from __future__ import annotations

import math
import os
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final, final

import trio
from typing_extensions import override

from simnet import errors
from simnet.simulation.scene import scene_here
from simnet.world.virtual.private import deadline_of

__all__ = ["PATIENCE", "STEPS", "Watchman"]

STEPS = 100_000
"""Steps of tasks at one moment of time; a flood of a thousand clients takes some ten thousand."""

PATIENCE = 3600.0
"""Seconds of virtual time. A fault that polls (`packet_loss`) keeps the clock going though nobody waits for it."""

INNARDS: Final = (str(Path(errors.__file__).parent) + os.sep, str(Path(trio.__file__).parent / "_core") + os.sep)
"""Of stacks: what no reader asks for."""

TURNS = 3
"""How often nothing was to be done: what was woken from outside shows at the next turn."""


@final
class Watchman(trio.abc.Instrument):
    """Watches over the tasks below `root`, which is set once it runs, and cancels `scope`."""

    def __init__(self, steps: int = STEPS) -> None:
        self.scope = trio.CancelScope()
        self.verdict = ""
        """Why the run was ended; "" while it goes well."""
        self._steps, self._most_steps = 0, steps
        self._idle = 0
        self._root: trio.lowlevel.Task | None = None
        self._moment = self._last_ran = 0.0

    def watch(self, root: trio.lowlevel.Task) -> None:
        """From now on `root` and its children are the client."""
        self._root = root
        self._moment = self._last_ran = trio.current_time()

    def rest(self) -> None:
        """The client has ended."""
        self._root = None

    @override
    def before_task_step(self, task: trio.lowlevel.Task) -> None:
        """Count the steps of one moment."""
        self._idle = 0
        if self._root is None or self.verdict:
            return
        now = trio.current_time()
        if now != self._moment:
            self._moment, self._steps = now, 0
        self._steps += 1
        if self._is_clients(task):
            self._last_ran = now
        if self._steps > self._most_steps:
            self._end(f"took {self._most_steps} steps while no time passed (at {now:.3f} s): a busy loop")

    @override
    def before_io_wait(self, timeout: float) -> None:
        """Look whether anything will ever happen."""
        if self._root is None or self.verdict:
            return
        state = trio.lowlevel.current_statistics()
        if state.tasks_runnable or state.run_sync_soon_queue_size or _threads_at_work():
            self._idle = 0
            return
        silent = trio.current_time() - self._last_ran
        if state.seconds_to_next_deadline == math.inf:
            self._idle += 1
            if self._idle >= TURNS:
                self._end("waits for ever: nothing can run, and nothing is due")
        elif silent > PATIENCE and silent > _keepalive() and all(deadline_of(task) == math.inf for task in self._tasks()):
            self._end(f"waits for ever: it has no deadline, and for {silent:.0f} s nothing came that it waits for")

    def _end(self, why: str) -> None:
        stacks = "\n".join(_stack(task) for task in self._tasks())
        self.verdict = f"the client {why}\n{stacks}"
        self.scope.cancel()

    def _tasks(self) -> Iterator[trio.lowlevel.Task]:
        """The client's tasks, parents first."""
        waiting = [] if self._root is None else [self._root]
        while waiting:
            task = waiting.pop(0)
            yield task
            for nursery in task.child_nurseries:
                waiting.extend(sorted(nursery.child_tasks, key=lambda child: child.name))

    def _is_clients(self, task: trio.lowlevel.Task) -> bool:
        """Whether the task is below the root."""
        while task is not self._root:
            if task.parent_nursery is None:
                return False
            task = task.parent_nursery.parent_task
        return True


def _keepalive() -> float:
    """Seconds after which keep-alive ends the last connection that nothing is heard of (two hours and more, by default)."""
    scene = scene_here()
    return 0.0 if scene is None else scene.net.kernel.longest_silence()


def _threads_at_work() -> int:
    return trio.to_thread.current_default_thread_limiter().statistics().borrowed_tokens


def _stack(task: trio.lowlevel.Task) -> str:
    """Where it waits, innermost last, as in a traceback; without what is simnet's own and the innards of Trio."""
    scene = scene_here()
    life = None if scene is None else scene.lives.get(task)
    frames = traceback.StackSummary.extract(task.iter_await_frames()) if life is None else life.stack()
    kept = [frame for frame in frames if not frame.filename.startswith(INNARDS)]
    inner = [] if life is None else life.shown()
    return "\n".join([f"task {task.name}, waiting at:", "".join(traceback.format_list(kept)).rstrip(), *inner])
