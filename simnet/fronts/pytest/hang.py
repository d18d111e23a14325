"""A client that hangs: after a time the test is ended, with the stacks of that moment.

Law: the way out is the one that every program has: SIGINT in the main thread, as by Ctrl-C. It wakes every system call that
blocks, Trio and asyncio end their tasks in order, and the plugin makes a failure of the KeyboardInterrupt. So a timer
of our own can stand beside those of other plugins, which use SIGALRM. Stacks are taken just before, from a thread of
our own: of every other thread, and of every task that waits.

Limits: code that swallows KeyboardInterrupt gets it again each second; if that is in vain (or the main thread is in C code
that never returns), the stacks and the trace go to standard error and the process ends, because nothing else is left.
Where pytest does not run in the main thread no signal can be delivered, and only the stacks are told.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from simnet.fronts.pytest.stacks import all_stacks

__all__ = ["HangWatch", "is_interrupt"]

AGAIN = 1.0
"""Seconds between two interrupts."""

TRIES = 10

STATUS = 70
"""Of the process, if it has to end (EX_SOFTWARE)."""


class HangWatch:
    """Watches one test from the moment at which its fixture is set up. Make and end it in the test's own thread."""

    def __init__(self, limit: float, last_words: Callable[[], str]) -> None:
        """`limit`: seconds; `last_words`: what is said if the process has to end."""
        self.limit = limit
        self.stacks = ""
        """Where everybody was when the time was over; "" while it is not."""
        self._last_words = last_words
        self._over = threading.Event()
        self._thread = threading.current_thread()
        self._before: Callable[[int, FrameType | None], Any] | int | None = None
        self._ready_for_interrupts()
        threading.Thread(target=self._watch, name="simnet's watch", daemon=True).start()

    @property
    def fired(self) -> bool:
        """Whether the time was over."""
        return bool(self.stacks)

    def give_up(self) -> None:
        """Watch no longer: the test is over, or a person has it in the debugger."""
        self._over.set()

    def close(self) -> None:
        """The test is over; in its own thread."""
        self.give_up()
        if self._before is not None:
            signal.signal(signal.SIGINT, self._before)
            self._before = None

    def _ready_for_interrupts(self) -> None:
        """A shell starts what it puts into the background with SIGINT ignored; then the interpreter has no handler."""
        if self._in_main() and signal.getsignal(signal.SIGINT) in {signal.SIG_IGN, signal.SIG_DFL}:
            self._before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def _in_main(self) -> bool:
        return self._thread is threading.main_thread()

    def _watch(self) -> None:
        if self._over.wait(self.limit):
            return
        self.stacks = all_stacks(first=self._thread)
        if not self._in_main():
            _say(self._last_words())
            return
        for _ in range(TRIES):
            with contextlib.suppress(ProcessLookupError):
                signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
            if self._over.wait(AGAIN):
                return
        _say(self._last_words())
        os._exit(STATUS)


def is_interrupt(error: BaseException) -> bool:
    """Whether the error is our SIGINT, alone or in the group that a nursery makes of it."""
    if isinstance(error, BaseExceptionGroup):
        return error.subgroup(KeyboardInterrupt) is not None
    return isinstance(error, KeyboardInterrupt)


def _say(words: str) -> None:
    with contextlib.suppress(OSError, ValueError):
        (sys.__stderr__ or sys.stderr).write(words + "\n")
        (sys.__stderr__ or sys.stderr).flush()
