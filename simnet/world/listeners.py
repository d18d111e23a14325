"""Who is told of what happens to a thing: a table that is read at every connect, and changed when a world comes or goes.

Law: reading locks nothing, and who reads meanwhile finds all who stay. When the last listener to a thing has gone,
nothing of it is left.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import Generic, TypeVar

__all__ = ["Listeners"]

Thing = TypeVar("Thing")
Listener = TypeVar("Listener")


class Listeners(Generic[Thing, Listener]):
    """By thing, its listeners in the order in which they came; worlds of several threads may have one."""

    def __init__(self) -> None:
        self._by_thing: dict[Thing, tuple[Listener, ...]] = {}
        self._changing = threading.Lock()

    def __contains__(self, thing: object) -> bool:
        return thing in self._by_thing

    def __bool__(self) -> bool:
        return bool(self._by_thing)

    def of(self, thing: Thing) -> tuple[Listener, ...]:
        """Those who are to be told."""
        return self._by_thing.get(thing, ())

    def clear(self) -> None:
        """In a forked child, where the worlds are not, nor the thread that may have held the lock."""
        self._changing = threading.Lock()
        self._by_thing.clear()

    @contextlib.contextmanager
    def listening(self, thing: Thing, listener: Listener) -> Iterator[None]:
        """Have `listener` told for the length of the block."""
        with self._changing:
            self._by_thing[thing] = (*self.of(thing), listener)
        try:
            yield
        finally:
            with self._changing:
                left = tuple(each for each in self.of(thing) if each != listener)
                if left:
                    self._by_thing[thing] = left
                else:
                    self._by_thing.pop(thing, None)
