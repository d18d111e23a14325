"""A long pipe: pieces that have been handed in and leave at their time, one after the other.

Law: order is kept, whatever the times say; nothing is thrown away; whoever hands in too much has to wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Awaitable, Callable

import trio

__all__ = ["Pipe"]

HOLDS = 256
"""Pieces on their way at a time: 16 MiB at most, what a fast path of half a second holds."""

Action = Callable[[], Awaitable[None]]


class Pipe:
    """What is on its way; `run` must be running for anything to arrive."""

    def __init__(self) -> None:
        self._pieces: deque[tuple[float, Action]] = deque()
        self._changed = trio.Event()

    @property
    def is_empty(self) -> bool:
        """Whether everything has left."""
        return not self._pieces

    def put_nowait(self, due: float, action: Action) -> None:
        """Have `action` done at the time `due` (of Trio's clock), after all that was put before."""
        self._pieces.append((due, action))
        self._change()

    async def put(self, due: float, action: Action) -> None:
        """The same, but wait while the pipe is full."""
        while len(self._pieces) >= HOLDS:
            await self._changed.wait()
        self.put_nowait(due, action)

    async def drained(self) -> None:
        """Wait until everything has left."""
        while self._pieces:
            await self._changed.wait()

    async def run(self) -> None:
        """Do each action at its time; what an action raises ends the pipe."""
        while True:
            while not self._pieces:
                await self._changed.wait()
            due, action = self._pieces[0]
            await trio.sleep_until(due)
            await action()
            self._pieces.popleft()
            self._change()

    def _change(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
