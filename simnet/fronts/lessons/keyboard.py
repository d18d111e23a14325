"""What the student says, line by line: from `--answers` first, then from the terminal or the pipe.

Law: nothing is read before it is asked for, since a command that the student runs has the same standard input; and the
main thread never waits in a read, so events and signals come through. What is read goes to the inbox.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Iterable, Sequence
from pathlib import Path

from simnet.fronts.inbox import Inbox, Typed

__all__ = ["Keyboard", "answers_in"]


def answers_in(given: str) -> Sequence[str]:
    """The lines of the file of that name, if there is one; else what stands between the commas.

    Raises `OSError` and `UnicodeDecodeError` if it is a file and cannot be read.
    """
    file = Path(given)
    if "," not in given and file.is_file():
        return [line for line in file.read_text("utf-8").splitlines() if line.strip() and not line.startswith("#")]
    return [word.strip() for word in given.split(",")]


class Keyboard:
    """Lines on request; `Typed(None)` when there are no more."""

    def __init__(self, answers: Iterable[str], inbox: Inbox, *, reads_on: bool) -> None:
        """`reads_on`: whether standard input is read when the answers are used up."""
        self._answers, self._inbox, self._reads_on = deque(answers), inbox, reads_on
        self._pending = b""
        self._asked = threading.Semaphore(0)
        self._thread = threading.Thread(target=self._read, name="keyboard", daemon=True)

    def ask(self) -> str | None:
        """Have the next line put into the inbox; an answer that was given beforehand is returned, to be shown."""
        if self._answers:
            said = self._answers.popleft()
            self._inbox.put(Typed(said))
            return said
        if not self._reads_on:
            self._inbox.put(Typed(None))
            return None
        if not self._thread.is_alive():
            self._thread.start()
        self._asked.release()
        return None

    def _read(self) -> None:
        line: str | None = ""
        while line is not None:
            self._asked.acquire()
            line = self._line()
            self._inbox.put(Typed(line))

    def _line(self) -> str | None:
        """By read(2) and not by `sys.stdin`, whose lock a thread that still waits would hold at exit."""
        while b"\n" not in self._pending:
            try:
                more = os.read(0, 4096)
            except OSError:
                more = b""
            if not more:
                rest, self._pending = self._pending, b""
                return rest.decode("utf-8", "replace") or None
            self._pending += more
        line, _, self._pending = self._pending.partition(b"\n")
        return line.decode("utf-8", "replace")
