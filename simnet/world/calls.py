"""Calls of a client in this process: marked by the harness, and known where a connect is made.

Law: the mark goes with the client's own context (contextvars, PEP 567), so that threads and tasks of asyncio and Trio
each have their own, nested calls have the inner one, and a connect says by itself to which call it belongs.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from contextvars import ContextVar

from simnet.trace.events import CallBegan, CallEnded
from simnet.trace.journal import Journal
from simnet.world.visitor import Visitor

__all__ = ["Callers", "Calls", "current_call"]

_current: ContextVar[str] = ContextVar("simnet_call", default="")


def current_call() -> str:
    """The id of the call that the running thread or task is in, "" if in none."""
    return _current.get()


class Callers:
    """Who connects to a service at which nobody need be counted before accept: which call a client's port stands for."""

    def __init__(self) -> None:
        self._known: list[tuple[Visitor, str]] = []

    def announce(self, visitor: Visitor) -> None:
        """A socket is about to connect, in the thread or task that does so."""
        if call := current_call():
            self._known.append((visitor, call))

    def of(self, port: int) -> str:
        """The call whose client has that port; "" if it is not known, or has closed its socket already."""
        found = ""
        for known in tuple(self._known):
            glimpse = known[0].glimpse()
            if glimpse is None or glimpse.port == port:
                self._known.remove(known)
            if glimpse is not None and glimpse.port == port:
                found = known[1]
        return found


class Calls:
    """The calls of one world, numbered from 1."""

    def __init__(self, journal: Journal, elapsed: Callable[[], float]) -> None:
        self._journal, self._elapsed = journal, elapsed
        self._numbers = itertools.count(1)

    @contextlib.contextmanager
    def call(self, name: str) -> Iterator[str]:
        """Mark the block as one call; gives its id."""
        call = f"call-{next(self._numbers)}"
        self._journal.add(CallBegan(t=self._elapsed(), call=call, name=name))
        token, outcome = _current.set(call), "ok"
        try:
            yield call
        except BaseException as error:
            outcome = type(error).__name__
            raise
        finally:
            _current.reset(token)
            self._journal.add(CallEnded(t=self._elapsed(), call=call, outcome=outcome))
