"""The workers that measure cells, many at a time.

Law: each is a process of its own with one cell at a time; if it dies, that cell is not measured, and another worker takes its
place. A signal ends them all, in the midst of their cells, and what they have started with them.
"""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Final

from simnet.errors import MachineError
from simnet.fronts.inbox import Inbox, Signalled
from simnet.fronts.matrix.cell import Task, unmeasured
from simnet.fronts.matrix.worker import ISOLATED, READY
from simnet.matrix.outcome import Cell, Verdict

__all__ = ["Crew", "can_be_isolated", "most_at_a_time"]

GLANCE: Final = 0.1
"""Seconds between two looks for a signal."""

CELLS_EACH: Final = 2
"""At least, on average: a worker takes a second of a processor to start."""

WORKER: Final = (sys.executable, "-m", "simnet.fronts.matrix.worker")


class Worker:
    """One process, started."""

    def __init__(self, *, isolated: bool) -> None:
        """Raises `MachineError` with what it says, if it cannot work."""
        self.process = subprocess.Popen(  # noqa: S603 - ourselves
            [*WORKER, *([ISOLATED] if isolated else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,  # a Ctrl-C is for us, and we hand it on
        )
        try:
            ready = self._line() == READY
        except BaseException:  # a signal while it starts
            self.process.kill()
            self.process.communicate()
            raise
        if not ready:
            said = self.process.communicate()[1].strip()
            raise MachineError(said or f"a worker ended with status {self.process.returncode}")
        self.complaint = ""
        self._listener = threading.Thread(target=self._listen, name="worker's complaints", daemon=True)
        self._listener.start()

    def measure(self, task: Task) -> Cell | None:
        """The cell; None if the worker has died."""
        assert self.process.stdin is not None, "a pipe, as said above"
        try:
            self.process.stdin.write(f"{task.model_dump_json()}\n")
            self.process.stdin.flush()
        except OSError:
            return None
        line = self._line()
        return Cell.model_validate_json(line) if line else None

    def leave(self) -> None:
        """Let it end when it has done its cell, and wait for it."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None, "as above"
            self.process.stdin.close()
        self.process.wait()
        self._listener.join()
        for pipe in (self.process.stdout, self.process.stderr):
            assert pipe is not None, "as above"
            pipe.close()

    def _line(self) -> str:
        assert self.process.stdout is not None, "as above"
        return self.process.stdout.readline().rstrip("\n")

    def _listen(self) -> None:
        assert self.process.stderr is not None, "as above"
        for line in self.process.stderr:
            self.complaint = line.strip() or self.complaint


def can_be_isolated() -> str:
    """ "" if workers can have namespaces of their own here; else why not."""
    try:
        Worker(isolated=True).leave()
    except MachineError as error:
        return str(error)
    return ""


class Crew:
    """So many workers, and the signals that we get."""

    def __init__(self, jobs: int, inbox: Inbox, *, isolated: bool) -> None:
        self._jobs, self._inbox, self._isolated = jobs, inbox, isolated
        self._lock = threading.Lock()
        self._running: set[Worker] = set()
        self._over = threading.Event()
        self.stopped_by = 0

    def cells(self, tasks: Sequence[Task]) -> Iterator[tuple[Task, Cell]]:
        """As they come; fewer than asked for if a signal came. Raises `MachineError` if no worker can be started."""
        todo: queue.SimpleQueue[Task | None] = queue.SimpleQueue()
        done: queue.SimpleQueue[tuple[Task, Cell] | BaseException | None] = queue.SimpleQueue()
        workers = min(self._jobs, -(-len(tasks) // CELLS_EACH))
        for task in [*tasks, *[None] * workers]:
            todo.put(task)
        threads = [threading.Thread(target=self._work, args=(todo, done)) for _ in range(workers)]
        for thread in threads:
            thread.start()
        left = len(threads)
        try:
            while left:
                with contextlib.suppress(queue.Empty):
                    item = done.get(timeout=GLANCE)
                    if isinstance(item, BaseException):
                        raise item
                    if item is None:
                        left -= 1
                    else:
                        yield item
                self._heed_signals()
        finally:
            if left:
                self._stop()
            for thread in threads:
                thread.join()

    def _work(
        self, todo: queue.SimpleQueue[Task | None], done: queue.SimpleQueue[tuple[Task, Cell] | BaseException | None]
    ) -> None:
        worker: Worker | None = None
        try:
            while (task := todo.get()) is not None and not self._over.is_set():
                worker = worker or self._start()
                if self._over.is_set():  # nobody has told a worker that was being started
                    break
                cell = worker.measure(task)
                if self._over.is_set():
                    break
                if cell is None:
                    cell = unmeasured(task, Verdict.NOT_MEASURED, f"its worker has died: {worker.complaint}")
                    self._dismiss(worker)
                    worker = None
                done.put((task, cell))
        except BaseException as error:  # noqa: BLE001 - whoever waits must be told
            done.put(error)
        finally:
            if worker is not None:
                self._dismiss(worker)
            done.put(None)

    def _start(self) -> Worker:
        worker = Worker(isolated=self._isolated)
        with self._lock:
            self._running.add(worker)
        return worker

    def _dismiss(self, worker: Worker) -> None:
        worker.leave()
        with self._lock:
            self._running.discard(worker)

    def _heed_signals(self) -> None:
        with contextlib.suppress(queue.Empty):
            item = self._inbox.get_nowait()
            if isinstance(item, Signalled) and not self.stopped_by:
                self.stopped_by = item.number
                self._stop()

    def _stop(self) -> None:
        self._over.set()
        with self._lock:
            for worker in self._running:
                with contextlib.suppress(OSError):
                    worker.process.send_signal(signal.SIGTERM)


def most_at_a_time() -> int:
    """Six for each processor: most cells mostly wait."""
    return 6 * len(os.sched_getaffinity(0))
