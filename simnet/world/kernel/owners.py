"""Which programs have which sockets open: for people who ask who listens where.

Law: read from /proc alone (proc_pid_fd(5)), nobody is touched; of other users' programs an ordinary user sees nothing,
and then nothing is said. What ends while it is looked at is left out.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Owner", "owners"]


@dataclass(frozen=True, slots=True)
class Owner:
    """A process: its state is the letter of proc_pid_stat(5) (R running, S sleeping, T stopped, Z a zombie ...)."""

    pid: int
    name: str
    state: str
    descriptors: int
    """How many it has open."""
    limit: int
    """How many it may have: its soft RLIMIT_NOFILE."""

    @property
    def is_stopped(self) -> bool:
        """Whether it was stopped, by a signal or a debugger, and runs no code."""
        return self.state in {"T", "t"}

    @property
    def is_starved(self) -> bool:
        """Whether it has no descriptor left for an accept."""
        return self.descriptors >= self.limit


def owners() -> Mapping[int, Owner]:
    """Every socket that we may see, by its inode (what fstat(2) says of it), with the first process that has it open."""
    found: dict[int, Owner] = {}
    for pid in _processes():
        with contextlib.suppress(OSError, ValueError, IndexError):
            inodes, count = _sockets_of(pid)
            if inodes:
                owner = _owner(pid, count)
                for inode in inodes:
                    found.setdefault(inode, owner)
    return found


def _processes() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from sorted(int(name) for name in os.listdir("/proc") if name.isdigit())


def _sockets_of(pid: int) -> tuple[list[int], int]:
    """The inodes of its sockets, and how many descriptors it has in all. Raises OSError if we may not look."""
    inodes, count = [], 0
    with os.scandir(f"/proc/{pid}/fd") as descriptors:
        for descriptor in descriptors:
            count += 1
            with contextlib.suppress(OSError):
                link = os.readlink(descriptor.path)
                if link.startswith("socket:["):
                    inodes.append(int(link[8:-1]))
    return inodes, count


def _owner(pid: int, count: int) -> Owner:
    folder = Path(f"/proc/{pid}")
    name = (folder / "comm").read_text("utf-8", "replace").strip()
    state = (folder / "stat").read_text("utf-8", "replace").rpartition(")")[2].split()[0]
    limits = (folder / "limits").read_text("ascii", "replace").splitlines()
    line = next(line for line in limits if line.startswith("Max open files"))
    soft = line.split()[3]
    return Owner(pid, name, state, count, int(soft) if soft.isdigit() else 2**31)
