"""What the main thread waits for: signals, the end of the program under test, and events.

Law: a signal handler does nothing but put the number into the queue (`SimpleQueue.put` is reentrant), so nothing is
ever interrupted half-way, and every way out of a run goes through the same code.
"""

from __future__ import annotations

import contextlib
import queue
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType
from typing import TypeAlias

from simnet.trace.events import Event

__all__ = ["Inbox", "Item", "Over", "Signalled", "StoppedError", "Typed", "catching_signals"]

CAUGHT = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True)
class Signalled:
    """The user, or the system, wants us to end."""

    number: int


@dataclass(frozen=True, slots=True)
class Over:
    """The program under test has ended; `status` as subprocess has it."""

    status: int


@dataclass(frozen=True, slots=True)
class Typed:
    """A line that was asked for; None if there is none any more."""

    line: str | None


class StoppedError(Exception):
    """Somebody wants us to end, and what was under way has been ended; `number` is that of the signal."""

    def __init__(self, number: int) -> None:
        super().__init__(f"ended by {signal.Signals(number).name}")
        self.number = number


Item: TypeAlias = Signalled | Over | Typed | Event
Inbox: TypeAlias = "queue.SimpleQueue[Item]"


@contextlib.contextmanager
def catching_signals() -> Iterator[Inbox]:
    """SIGINT, SIGTERM and SIGHUP are items of the inbox while the block lasts (in the main thread)."""
    inbox: Inbox = queue.SimpleQueue()

    def put(number: int, _frame: FrameType | None) -> None:
        inbox.put(Signalled(number))

    before = {number: signal.getsignal(number) for number in CAUGHT}
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:  # nohup, or a shell that put us into the background
            signal.signal(number, put)
    try:
        yield inbox
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
