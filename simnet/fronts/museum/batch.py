"""Many exhibits side by side: each by a command of its own, and one table of what came of them.

Law: no exhibit can do anything to another or to us, and each is bounded. A signal to us ends them all, and waits until
nothing of them is left.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from simnet.fronts.inbox import Inbox, Signalled, StoppedError
from simnet.fronts.museum.collection import Exhibit
from simnet.fronts.museum.record import Record

__all__ = ["BrokenError", "show_all"]

MOST = 1500.0
"""Seconds for one exhibit: two installations and two runs at their limits."""


class BrokenError(Exception):
    """A command of ours ended without an answer; the message is its last words."""


@dataclass(slots=True)
class _Workers:
    """The commands that run at a time."""

    inbox: Inbox
    stopped_by: int = 0
    """The number of the signal that came to us; 0 if none did."""
    running: set[subprocess.Popen[str]] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def record(self, exhibit: Exhibit) -> Record | None:
        """What the command says of it; None if it was ended by a signal to us."""
        with self.lock:
            if self._stopped():
                return None
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "simnet", "museum", str(exhibit.path.absolute()), "--json"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                start_new_session=True,  # a Ctrl-C is for us, and we hand it on
            )
            self.running.add(process)
        said, complaint = self._words_of(process)
        with self.lock:
            self.running.discard(process)
        try:
            return Record.model_validate_json(said)
        except ValueError:
            if self._stopped():
                return None
            raise BrokenError(f"{exhibit.name}: {complaint.strip() or f'status {process.returncode}'}") from None

    def _stopped(self) -> bool:
        return self.stopped_by != 0

    def _words_of(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        try:
            return process.communicate(timeout=MOST)
        except subprocess.TimeoutExpired:
            process.terminate()
            return process.communicate()

    def heed_signals(self) -> None:
        """Hand on what came to us: each command ends its client, its network and itself."""
        with contextlib.suppress(queue.Empty):
            item = self.inbox.get_nowait()
            if isinstance(item, Signalled):
                with self.lock:
                    self.stopped_by = self.stopped_by or item.number
                    for process in self.running:
                        process.send_signal(signal.SIGTERM)


def show_all(exhibits: Sequence[Exhibit], jobs: int, inbox: Inbox, tell: Callable[[Record], None]) -> tuple[Record, ...]:
    """Show them, `jobs` at a time; `tell` hears of each as it comes. Their records, in their order.

    Raises `StoppedError` at a signal to us, `BrokenError` for a bug of ours.
    """
    workers = _Workers(inbox)
    found: dict[int, Record] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for number, record in _as_they_come(pool, workers, exhibits):
            found[number] = record
            tell(record)
    if workers.stopped_by:
        raise StoppedError(workers.stopped_by)
    return tuple(found[number] for number in range(len(exhibits)))


def _as_they_come(
    pool: ThreadPoolExecutor, workers: _Workers, exhibits: Sequence[Exhibit]
) -> Iterator[tuple[int, Record]]:
    """Number and record."""
    done: queue.SimpleQueue[tuple[int, Record | Exception | None]] = queue.SimpleQueue()

    def work(number: int) -> None:
        try:
            done.put((number, workers.record(exhibits[number])))
        except Exception as error:  # noqa: BLE001 - whoever waits must be told of every one
            done.put((number, error))

    for number in range(len(exhibits)):
        pool.submit(work, number)
    left = len(exhibits)
    while left:
        workers.heed_signals()
        with contextlib.suppress(queue.Empty):
            number, item = done.get(timeout=0.1)
            left -= 1
            if isinstance(item, Exception):
                raise item
            if item is not None:
                yield number, item
