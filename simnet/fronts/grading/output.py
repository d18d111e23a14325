"""What a client writes: the beginning is kept, the rest is counted and thrown away.

Law: however much there is, it costs neither memory nor time that the network needs: the rest goes from pipe to
/dev/null inside the kernel (splice(2)), and no faster than `RATE`: the pipe makes the client wait.
"""

from __future__ import annotations

import os
import threading
import time

__all__ = ["Output"]

CHUNK = 64 * 1024
"""Bytes of a pipe (pipe(7))."""
PAUSE = 0.002
"""Seconds between two pipes full that are thrown away: some 30 MB/s."""
LAST_WORDS = 5.0
"""Seconds to read what is left when the client and all that it started have ended."""


class Output:
    """Reads a pipe in a thread of its own; `end` is for the client."""

    def __init__(self, most: int) -> None:
        self._most, self._kept, self.dropped = most, bytearray(), 0
        self._source, self.end = os.pipe()
        self._thread = threading.Thread(target=self._read, name="client's output", daemon=True)

    def start(self) -> None:
        """Read, once the client has the other end."""
        os.close(self.end)
        self._thread.start()

    def text(self) -> str:
        """All that was kept, when the client is over."""
        self._thread.join(LAST_WORDS)
        return bytes(self._kept).decode("utf-8", "replace")

    def _read(self) -> None:
        with open(os.devnull, "wb", buffering=0) as nowhere, open(self._source, "rb", buffering=0) as source:
            while len(self._kept) < self._most and (read := source.read(self._most - len(self._kept))):
                self._kept += read
            while len(self._kept) == self._most and (gone := os.splice(source.fileno(), nowhere.fileno(), CHUNK)):
                self.dropped += gone
                time.sleep(PAUSE)
