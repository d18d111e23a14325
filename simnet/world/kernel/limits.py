"""Becomes CMD with limits of its own: run as a script, by path, with nothing of simnet imported.

    python -I -S limits.py DATA=BYTES,FSIZE=BYTES,NPROC=MORE,... CMD ARGS...

CMD leads a process group of its own: kill(2) reaches the whole group at once, with the list of processes locked, so that
nobody who forks meanwhile gets away. Law: soft and hard limit alike, so that CMD cannot raise them again; never above the hard limit that there is. `NPROC`
is how many more processes the user may have than there are now, since the kernel counts all of a user's (setrlimit(2));
it does not hold for root, whom the kernel never refuses a fork, so whoever needs it counts as well.

DATA rather than AS: the address space of Java, Node or Go is mostly reserved and never touched, and the kernel counts
only what may be written under RLIMIT_DATA (since Linux 4.7, mm/mmap.c, may_expand_vm).
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys


def processes_of(user: int) -> int:
    """How many threads the user has: that is what RLIMIT_NPROC counts."""
    count = 0
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.stat(f"/proc/{name}").st_uid == user:
                count += len(os.listdir(f"/proc/{name}/task"))
    return count


def lower(name: str, value: int) -> None:
    """Set the limit."""
    number = getattr(resource, f"RLIMIT_{name}")
    hard = resource.getrlimit(number)[1]
    value = value + processes_of(os.getuid()) if name == "NPROC" else value
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(number, (value, value))


def main(limits: str, *command: str) -> None:
    """Do it all; CMD is the first of a process group of its own, so that one call reaches all that it forks."""
    os.setpgid(0, 0)
    for limit in limits.split(","):
        name, _, value = limit.partition("=")
        lower(name, int(value))
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, when it started us: CMD would inherit that
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's command is what it is for
    except OSError as error:
        sys.stderr.write(f"simnet: {command[0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


if __name__ == "__main__":
    main(*sys.argv[1:])
