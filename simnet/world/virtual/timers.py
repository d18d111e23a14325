"""What the kernel will do later.

Law: timers fire in the order of their time, and at one time in the order in which they were set. Who has the clock
calls `run`; nothing here waits.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field

__all__ = ["Timer", "Timers"]


@dataclass(order=True, slots=True)
class Timer:
    """Something to do at a time; `cancel` it at will."""

    when: float
    turn: int
    action: Callable[[], None] | None = field(compare=False)

    def cancel(self) -> None:
        """Do nothing at that time."""
        self.action = None


class Timers:
    """All timers of one kernel. `changed` is called when the next one comes sooner than was thought."""

    def __init__(self) -> None:
        self.changed: Callable[[], None] = _nothing
        self._heap: list[Timer] = []
        self._turn = itertools.count()

    def at(self, when: float, action: Callable[[], None]) -> Timer:
        """Do `action` at that time."""
        timer = Timer(when, next(self._turn), action)
        heapq.heappush(self._heap, timer)
        if self._heap[0] is timer:
            self.changed()
        return timer

    def next(self) -> float:
        """When there is something to do; infinity if there is nothing."""
        while self._heap and self._heap[0].action is None:
            heapq.heappop(self._heap)
        return self._heap[0].when if self._heap else math.inf

    def run(self, now: float) -> None:
        """Do what is due."""
        while self.next() <= now:
            action = heapq.heappop(self._heap).action
            if action is not None:
                action()


def _nothing() -> None:
    """Nobody asked to be told."""
