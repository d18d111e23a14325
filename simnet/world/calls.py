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

__all__ = ["Calls", "current_call"]

_current: ContextVar[str] = ContextVar("simnet_call", default="")


def current_call() -> str:
    """The id of the call that the running thread or task is in, "" if in none."""
    return _current.get()


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
