"""A terminal in which a command runs, seen from its other end: what is shown, and what is typed."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
from collections.abc import Callable
from typing import Final, TypeAlias

__all__ = ["Opened", "Terminal"]

GUARD: Final = 60.0
ESCAPES: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


class Terminal:
    """The other end of a terminal in which the command runs."""

    def __init__(self, ours: int) -> None:
        self._ours, self.shown = ours, ""

    def until(self, words: str, after: int = 0) -> str:
        """What is shown, as soon as it has those words behind that place."""
        give_up = time.monotonic() + GUARD
        while words not in self.shown[after:]:
            assert select.select([self._ours], [], [], max(0.0, give_up - time.monotonic()))[0], self.shown
            try:
                self.shown += ESCAPES.sub("", os.read(self._ours, 65536).decode("utf-8", "ignore"))
            except OSError:  # EIO: the other side is gone
                assert words in self.shown[after:], self.shown
        return self.shown

    def type(self, line: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{line}\n".encode())


Opened: TypeAlias = Callable[..., tuple[Terminal, subprocess.Popen[bytes]]]
"""Start the command with these arguments, in a terminal of its own."""
