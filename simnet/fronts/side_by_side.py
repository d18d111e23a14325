"""Commands of our own, several at a time: one cannot do anything to another, nor to us.

Law: each runs in a session of its own, no more than were asked for at once. A signal to us is handed on as SIGTERM, by which a
command ends its client, its network and itself; after it none is begun, and what is under way is waited for. Whoever
leaves early ends them just so.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from simnet.fronts.inbox import Inbox, Signalled
from simnet.fronts.statuses import Status

__all__ = ["Ended", "SideBySide"]

GLANCE: Final = 0.1
"""Seconds between two looks for a signal."""


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of one command; `number` is its place among those that were asked for."""

    number: int
    status: int
    said: str
    complaint: str

    @property
    def last_words(self) -> str:
        """What there is to tell when it has not said what it should."""
        return self.complaint.strip() or f"ended with status {self.status}"


class SideBySide:
    """The commands of `simnet` that run at a time, and the signals that we get."""

    def __init__(self, inbox: Inbox, *, environment: Mapping[str, str] | None = None, most: float | None = None) -> None:
        """Each command has this environment (ours, if left out), and so many seconds."""
        self._inbox, self._environment, self._most = inbox, environment, most
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._over = False
        self.stopped_by = 0
        """The number of the first signal that came to us; 0 if none did."""

    def ended(self, commands: Sequence[Sequence[str]], jobs: int) -> Generator[Ended, None, None]:
        """Each `simnet WORD ...`, as it ends; fewer than asked for if a signal came. To leave early, close it."""
        done: queue.SimpleQueue[Ended | Exception | None] = queue.SimpleQueue()
        with ThreadPoolExecutor(jobs) as pool:
            for number, words in enumerate(commands):
                pool.submit(self._work, number, words, done)
            try:
                for _ in commands:
                    if (item := self._next(done)) is not None:
                        yield item
            except BaseException:
                self._end()
                raise

    def _next(self, done: queue.SimpleQueue[Ended | Exception | None]) -> Ended | None:
        while True:
            self._heed_signals()
            with contextlib.suppress(queue.Empty):
                item = done.get(timeout=GLANCE)
                if isinstance(item, Exception):
                    raise item
                return item

    def _heed_signals(self) -> None:
        with contextlib.suppress(queue.Empty):
            item = self._inbox.get_nowait()
            if isinstance(item, Signalled):
                self.stopped_by = self.stopped_by or item.number
                self._end()

    def _end(self) -> None:
        with self._lock:
            self._over = True
            for process in self._running:
                process.send_signal(signal.SIGTERM)

    def _work(self, number: int, words: Sequence[str], done: queue.SimpleQueue[Ended | Exception | None]) -> None:
        try:
            done.put(self._run(number, words))
        except OSError as error:
            done.put(Ended(number, Status.UNAVAILABLE, "", f"cannot be started: {error.strerror}"))
        except Exception as error:  # noqa: BLE001 - whoever waits must be told of every one
            done.put(error)

    def _run(self, number: int, words: Sequence[str]) -> Ended | None:
        with self._lock:
            if self._over:
                return None
            process = subprocess.Popen(  # noqa: S603 - ourselves
                [sys.executable, "-m", "simnet", *words],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                errors="replace",
                env=self._environment,
                start_new_session=True,  # a Ctrl-C is for us, and we hand it on
            )
            self._running.add(process)
        said, complaint = self._words_of(process)
        with self._lock:
            self._running.discard(process)
        return Ended(number, process.returncode, said, complaint)

    def _words_of(self, process: subprocess.Popen[str]) -> tuple[str, str]:
        try:
            return process.communicate(timeout=self._most)
        except subprocess.TimeoutExpired:
            process.terminate()
            return process.communicate()
