"""Descriptors of one virtual process, and their limit.

Law: as in Linux the lowest free number is given (alloc_fd, fs/file.c), and none at or above the limit: EMFILE.
"""

from __future__ import annotations

import errno
import heapq

from simnet.world.virtual.refusal import refused

__all__ = ["Process"]

STANDARD = 3
"""Standard input, output and error are open."""

MOST = 1_048_576
"""fs.nr_open."""


class Process:
    """A table of descriptors. `limit` is its RLIMIT_NOFILE, and may be changed at any time.

    `ports` (both included) are those that its sockets may be given when they connect, if not the kernel's own.
    """

    def __init__(self, name: str, limit: int | None = None, ports: tuple[int, int] | None = None) -> None:
        self.name, self.limit, self.ports = name, MOST if limit is None else limit, ports
        self._free: list[int] = []
        self._highest = STANDARD

    def reserve(self) -> int:
        """Take the lowest free descriptor. Raises OSError EMFILE."""
        lowest = self._free[0] if self._free else self._highest
        if lowest >= self.limit:
            raise refused(errno.EMFILE)
        if self._free:
            return heapq.heappop(self._free)
        self._highest += 1
        return lowest

    def release(self, descriptor: int) -> None:
        """Give it back."""
        heapq.heappush(self._free, descriptor)
