"""The program under test: found, started with what the scenario gives it, and ended if it must be.

Law: a program that cannot be started is known before anything is bound. It inherits stdin, stdout and stderr and stays
in our process group, so that it has the terminal. When it is ended, so are the programs that it has started.
"""

from __future__ import annotations

import contextlib
import os
import queue
import resource
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.errors import MachineError
from simnet.fronts.inbox import Inbox, Item, Over, Signalled
from simnet.world.supervise import Supervision

__all__ = ["Child", "NotRunnableError", "Surroundings", "runnable", "size_of_tree"]

WARDENS = 2
"""The first processes of the tree, which heed no SIGTERM and end what is left (see `kernel/launch.py`)."""

SWEEPS = 100
"""Looks for new processes until everybody has been stopped: whoever forks can only do so until he is."""

GRACE = 2.0
"""Seconds between SIGTERM and SIGKILL."""


class NotRunnableError(Exception):
    """There is no such program, or it is none; `found` says whether there is at least a file."""

    def __init__(self, message: str, *, found: bool) -> None:
        self.found = found
        super().__init__(message)


def runnable(command: Sequence[str], open_files: int | None) -> None:
    """Check that the program can be started.

    Raises `NotRunnableError`; `MachineError` if the limit cannot be had, or the program would lack its privileges.
    """
    name = command[0]
    if (file := shutil.which(name)) is None:
        places = [name] if "/" in name else [f"{folder}/{name}" for folder in os.get_exec_path()]
        if any(os.path.exists(place) for place in places):  # pathlib raises for folders that we may not enter
            raise NotRunnableError(f"{name}: not executable", found=True)
        raise NotRunnableError(f"{name}: command not found", found=False)
    if gains := _gains(file):
        raise MachineError(
            f"{file} has {gains}, which a supervised program does not get (PR_SET_NO_NEW_PRIVS, prctl(2)), so it is not"
            " started: run simnet itself with that privilege, or name the program that it would start"
        )
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    if open_files is not None and hard not in {resource.RLIM_INFINITY, -1} and open_files > hard:
        raise MachineError(f"the client cannot have {open_files} open files: the limit here is {hard} (ulimit -Hn)")


def _gains(file: str) -> str:
    """Which privilege that we lack the file has for whoever runs it (execve(2), capabilities(7)); "" if none."""
    found = os.stat(file)
    if found.st_mode & stat.S_ISUID and found.st_uid != os.geteuid():
        return "set-user-ID"
    if (
        found.st_mode & stat.S_ISGID
        and found.st_mode & stat.S_IXGRP
        and found.st_gid not in {os.getegid(), *os.getgroups()}
    ):
        return "set-group-ID"
    with contextlib.suppress(OSError):  # ENODATA, or a file system that has no such thing
        if os.geteuid() and os.getxattr(file, "security.capability"):
            return "file capabilities"
    return ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a program is given that does not share ours: where it writes (it reads nothing), and its whole environment."""

    output: int
    environment: Mapping[str, str]
    errors: int | None = None
    """Where its standard error goes, if not to the same."""


class Child:
    """The running program; its end comes to the inbox as `Over`."""

    def __init__(  # noqa: PLR0913 - what a program is started with
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        supervision: Supervision,
        inbox: Inbox,
        *,
        aside: bool,
        folder: Path | None = None,
        apart: Surroundings | None = None,
    ) -> None:
        """`command` is what `supervision` makes of the user's; `aside`: its stdout goes to our stderr.

        `folder` is where it runs; our own, if None. `apart`: it has neither our streams nor our environment.
        """
        self._inbox = inbox
        self.began = time.monotonic()
        sys.stdout.flush()
        self._process = subprocess.Popen(  # noqa: S603 - running the user's command is what it is for
            command,
            env={**(os.environ if apart is None else apart.environment), **environment},
            stdin=None if apart is None else subprocess.DEVNULL,
            stdout=apart.output if apart is not None else sys.stderr if aside else None,
            stderr=None if apart is None else apart.output if apart.errors is None else apart.errors,
            pass_fds=supervision.pass_fds,
            cwd=folder,
        )
        supervision.started()
        below = [] if apart is None else _descendants(self._process.pid)[WARDENS - 1 :]
        self._leader = below[0] if below else None
        threading.Thread(target=self._wait, name="client's end", daemon=True).start()

    def _wait(self) -> None:
        self._inbox.put(Over(self._process.wait()))

    def seconds(self) -> float:
        """How long it has been running."""
        return time.monotonic() - self.began

    def end(self, by: Item | None) -> int:
        """SIGTERM, after a grace or a further signal to us SIGKILL, to it and all that it has started; its status.

        A Ctrl-C of the terminal has reached it as well as us (`by`): it is first given the grace to end in its own way.
        """
        if isinstance(by, Signalled) and by.number == signal.SIGINT and _in_foreground():
            self._give_grace()
        with _whole_tree(self._process.pid) as tree:
            _send(tree, signal.SIGTERM)
            self._give_grace()
            _send(tree[WARDENS:], signal.SIGKILL)
        return self._process.wait()

    def kill(self) -> int:
        """SIGKILL at once to it and all that it has started, which are stopped first: nobody forks meanwhile; its status."""
        self.to_group(signal.SIGSTOP)  # nobody is killed before all are stopped: each end would make room for a fork
        for _ in range(SWEEPS):
            with _whole_tree(self._process.pid) as tree:
                _send(tree[WARDENS:], signal.SIGSTOP)
                if len(tree) == size_of_tree(self._process.pid)[0]:
                    break
        with _whole_tree(self._process.pid) as tree:
            _send(tree[WARDENS:], signal.SIGKILL)
        return self._process.wait()

    def to_group(self, number: signal.Signals) -> None:
        """Send it to the program's process group, which it has if it is apart (see `limits.py`), in one call."""
        if self._process.returncode is None and self._leader is not None:
            with contextlib.suppress(OSError):
                os.killpg(self._leader, number)

    @property
    def pid(self) -> int:
        """The number of the first warden: the root of the tree of all that belongs to the program."""
        return self._process.pid

    def _give_grace(self) -> None:
        """Wait for its end, at most as long as `GRACE`, and not beyond a further signal to us."""
        until = time.monotonic() + GRACE
        while (left := until - time.monotonic()) > 0 and self._process.returncode is None:
            with contextlib.suppress(queue.Empty):
                if isinstance(self._inbox.get(timeout=left), Signalled):
                    break


def _in_foreground() -> bool:
    """Whether what is typed at our terminal, if there is one, is for us and the program (tcgetpgrp(3))."""
    try:
        terminal = os.open("/dev/tty", os.O_RDONLY | os.O_NOCTTY)
    except OSError:
        return False
    with open(terminal, "rb", buffering=0):
        return os.tcgetpgrp(terminal) == os.getpgrp()


@contextlib.contextmanager
def _whole_tree(root: int) -> Iterator[list[int]]:
    """A pidfd for each process of the tree: no number that is given to somebody else can be hit (pidfd_open(2))."""
    with contextlib.ExitStack() as stack:
        found = []
        for pid in [root, *_descendants(root)]:
            with contextlib.suppress(OSError):
                found.append(os.pidfd_open(pid))
                stack.callback(os.close, found[-1])
        yield found


def size_of_tree(root: int) -> tuple[int, int]:
    """How many processes there are in the tree, the wardens too, and the bytes of memory that are theirs alone.

    Of what is resident, shared pages are left out (proc(5): statm), which would count once for each child.
    """
    tree, pages = [root, *_descendants(root)], 0
    for pid in tree[WARDENS:]:
        with contextlib.suppress(OSError, ValueError, IndexError):
            _, resident, shared = map(int, Path(f"/proc/{pid}/statm").read_text("ascii").split()[:3])
            pages += resident - shared
    return len(tree), pages * resource.getpagesize()


def _send(tree: Sequence[int], number: signal.Signals) -> None:
    for pidfd in tree:
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(pidfd, number)


def _descendants(root: int) -> list[int]:
    """Children, their children and so on (proc(5): the fourth field of stat is the parent)."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            after_name = (entry / "stat").read_text().rpartition(")")[2].split()
            children.setdefault(int(after_name[1]), []).append(int(entry.name))
    found, todo = [], [root]
    while todo:
        below = children.get(todo.pop(), [])
        found += below
        todo += below
    return found
