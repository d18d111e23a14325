"""Who holds an address: for the message that a person reads when bind(2) says EADDRINUSE.

Law: a best effort, in words, that never raises and never touches the holder. The kernel tells everybody which user a
socket belongs to (sock_diag); which program, only to that user and to root (the links in /proc/PID/fd, proc_pid_fd(5)).
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator
from pathlib import Path

from simnet.errors import MachineError
from simnet.world.kernel.sock_diag import DiagRow, SockDiag
from simnet.world.kernel.tcp_info import TcpState

__all__ = ["who_holds"]

COVERS_FOUR = {"0.0.0.0", "::"}  # noqa: S104 - compared with, never bound
COVERS_SIX = {"::"}
UNKNOWN = "a program that the kernel does not name (bound, not listening)"


def who_holds(address: str, port: int) -> str:
    """A phrase such as `python3 (pid 4242)`, or `a program of user alice (uid 1000)`, for a TCP address and port.

    Finds listeners first, those of the wildcard address included, then whatever else is bound there.
    """
    wildcards = COVERS_SIX if ":" in address else COVERS_FOUR
    try:
        with SockDiag() as diag:
            rows = [row for row in diag.at_port(port) if row.local[0] in wildcards | {address}]
    except MachineError:
        return UNKNOWN
    if not rows:
        return UNKNOWN
    rows.sort(key=lambda row: (row.state is not TcpState.LISTEN, row.inode == 0))
    return _phrase(rows[0])


def _phrase(row: DiagRow) -> str:
    if row.inode == 0:
        return f"no program any more: an old connection ({row.state.name})"
    return _program(row.inode) or f"a program of user {_user(row.uid)} (uid {row.uid})"


def _program(inode: int) -> str | None:
    """The first process that we may look into and that has the socket open."""
    for pid in _processes():
        if _has_open(pid, inode):
            with contextlib.suppress(OSError):
                return f"{Path(f'/proc/{pid}/comm').read_text(errors='replace').strip()} (pid {pid})"
    return None


def _processes() -> Iterator[int]:
    with contextlib.suppress(OSError):
        yield from (int(name) for name in os.listdir("/proc") if name.isdigit())


def _has_open(pid: int, inode: int) -> bool:
    """Whether a descriptor of that process is the socket; False if it ended, or is another user's."""
    with contextlib.suppress(OSError), os.scandir(f"/proc/{pid}/fd") as descriptors:
        return any(_link(descriptor.path) == f"socket:[{inode}]" for descriptor in descriptors)
    return False


def _link(path: str) -> str:
    """Where it points; nowhere if it was closed meanwhile."""
    with contextlib.suppress(OSError):
        return os.readlink(path)
    return ""


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return "unknown"
