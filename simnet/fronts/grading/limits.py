"""What a client under examination may use: enough for every honest one, too little to do harm.

Law: each limit is one that an ordinary user can truly impose. Where the kernel enforces it (descriptors, memory and
files of one process, processes of one user) the client is refused by the kernel; what concerns all its processes
together is looked at several times a second, and whoever is beyond it is ended. Control groups would do this better, but
an ordinary user has them only where systemd delegates them to his session, so nothing here depends on them.
"""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import simnet.world.kernel
from simnet.values import ByteCount

__all__ = ["Limits", "environment", "limited", "make_room"]

KEPT = (
    "PATH",
    "LANG",
    "LANGUAGE",
    "LC_ALL",
    "LC_CTYPE",
    "TZ",
    "USER",
    "LOGNAME",
    "VIRTUAL_ENV",
    "JAVA_HOME",
    "NODE_PATH",
)
"""The variables that a client inherits; a secret of the grader's environment is not among them."""


@dataclass(frozen=True, slots=True)
class Limits:
    """For one run of one client."""

    seconds: float = 60.0
    """It is ended then, or sooner where `finishes: {within: ...}` says so."""
    output: int = 64 * 1024
    """Bytes that are kept of what it writes; the rest is counted and thrown away."""
    memory: int = 1024 * 1024 * 1024
    """Bytes, for each of its processes and for all together."""
    processes: int = 128
    """At the same time."""
    file: int = 64 * 1024 * 1024
    """Bytes of the largest file that it may write."""
    tries: int = 2000
    """Attempts, requests and datagrams together, after which it is ended."""
    open_files: int = 256
    """Descriptors of one process, where the scenario does not say another number."""


def limited(command: Sequence[str], limits: Limits) -> list[str]:
    """The command line that becomes `command` under the limits that the kernel enforces."""
    given = {"DATA": limits.memory, "FSIZE": limits.file, "NPROC": limits.processes, "CORE": 0}
    script = Path(simnet.world.kernel.__path__[0], "limits.py")
    said = ",".join(f"{name}={value}" for name, value in given.items())
    return [sys.executable, "-I", "-S", str(script), said, *command]


def environment(scratch: Path) -> Mapping[str, str]:
    """What the client has of our environment, with a home and a place for temporary files that are removed afterwards."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    return {**kept, "HOME": str(scratch), "TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"}


def make_room() -> None:
    """Let us have as many descriptors as we may: a crowd of connections is the client's, and must not be our trouble."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def in_words(count: int) -> str:
    """So many bytes, as in a scenario."""
    return str(ByteCount(count))
