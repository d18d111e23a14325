"""Command lines of programs in namespaces of their own, and why there are none.

Law: the scripts `unshare.py` and `own_files.py` do it; what forbids it is found by looking at the kernel's switches after
it was tried, never before: a switch says what may be wrong, a trial what is.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

__all__ = ["REFUSED", "TOLD", "UNAVAILABLE", "forbidden", "in_memory", "isolated", "with_own_files"]

TOLD = "SIMNET_ISOLATION"
"""In the environment of who was started by `unshare.py`: the name of the network namespace ..."""

REFUSED = "no: "
"""... or, after this, why there is none."""

UNAVAILABLE = b"unavailable: "
"""How `own_files.py` begins what it has to say."""


def isolated(command: Sequence[str]) -> list[str]:
    """The command line that becomes `command` in namespaces of its own; see `unshare.py`."""
    return [sys.executable, "-I", "-S", _script("unshare.py"), *command]


def with_own_files(control: int, files: int, command: Sequence[str]) -> list[str]:
    """The command line that becomes `command` with files of its own (see `in_memory`); see `own_files.py`."""
    return [sys.executable, "-I", "-S", _script("own_files.py"), str(control), str(files), *command]


@contextlib.contextmanager
def in_memory(files: Mapping[str, str]) -> Iterator[int]:
    """A descriptor from which `own_files.py` reads path -> text, of a file without a name (memfd_create(2))."""
    memory = os.memfd_create("files")
    try:
        with open(memory, "w", encoding="utf-8", closefd=False) as file:
            json.dump(dict(files), file)
        os.lseek(memory, 0, os.SEEK_SET)
        yield memory
    finally:
        os.close(memory)


def _script(name: str) -> str:
    return str(Path(__file__).with_name(name))


SWITCHES = (
    ("/proc/sys/user/max_user_namespaces", "0", "the sysctl user.max_user_namespaces is 0 here: set it to 1000 or so"),
    ("/proc/sys/user/max_net_namespaces", "0", "the sysctl user.max_net_namespaces is 0 here: set it to 1000 or so"),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "the sysctl kernel.unprivileged_userns_clone is 0: Debian's switch for ordinary users; set it to 1",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "AppArmor restricts it: set the sysctl kernel.apparmor_restrict_unprivileged_userns to 0 (Ubuntu 23.10 and later)",
    ),
)
"""What is known to forbid user namespaces: the file, what it says then, and the cure."""


def forbidden() -> str:
    """Every known reason against user namespaces that is in force here, with its cure."""
    reasons = [words for path, value, words in SWITCHES if _read(path).strip() == value]
    if "\nSeccomp:\t2" in _read("/proc/self/status"):
        reasons.append(
            "a seccomp filter is in force, as in a container: Docker's forbids it unless it is run with "
            "--security-opt seccomp=unconfined"
        )
    return "; ".join(reasons) or "what forbids it could not be seen"


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except OSError:
        return ""
