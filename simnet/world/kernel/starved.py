"""A child process that shares a listening socket and has no descriptor left to accept with.

Law: it is started and asked, nothing is waited for here. The child cannot outlive us: it ends on the end of file of
its control socket, and PR_SET_PDEATHSIG (prctl(2)) covers the case that a fork of ours keeps the other end open. It is
not in our session, so Ctrl-C in the terminal is not for it. It never touches a connection: its accept(2) fails.

accept(2) reserves the descriptor before it looks into the queue (get_unused_fd_flags comes first in __sys_accept4,
net/socket.c), so without room it is EMFILE, never EAGAIN, even when nobody waits. `queue` says whether somebody does.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys

from simnet.errors import MachineError

__all__ = ["READY", "spawn_starved"]

READY = b"ready"
"""The first message on the control socket: the limit is in place. Each message sent after that is answered by itself,
a space, and the name of the errno that accept(2) gave; the name is empty if accept did not fail."""

SCRIPT = """
import errno, os, resource, signal, socket, sys
listener, control = (socket.socket(fileno=int(number)) for number in sys.argv[1:3])
try:
    import ctypes
    ctypes.CDLL(None).prctl(1, signal.SIGKILL, 0, 0, 0)
except (ImportError, AttributeError, OSError):
    pass
if os.getppid() != int(sys.argv[3]):
    sys.exit()
lowest_free = os.dup(0)
os.close(lowest_free)
resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
control.send(b"ready")
while asked := control.recv(64):
    name = ""
    try:
        listener.accept()
    except OSError as error:
        name = errno.errorcode.get(error.errno, str(error.errno))
    control.send(asked + b" " + name.encode())
"""
"""The soft limit is the lowest free descriptor, so that there is no hole below it (alloc_fd, fs/file.c)."""


def spawn_starved(listener: socket.socket) -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start the child; return it and our end of its control socket (SOCK_SEQPACKET). The caller kills and reaps it.

    Call it in a thread that lives as long as the child is wanted: PR_SET_PDEATHSIG watches the *thread* that forked.
    Raises `MachineError` if the child cannot be started.
    """
    with contextlib.ExitStack() as undo:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        undo.callback(ours.close)
        with theirs:
            child = _start(listener.fileno(), theirs.fileno())
        undo.pop_all()
        return child, ours


def _start(listener: int, control: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", "-c", SCRIPT, str(listener), str(control), str(os.getpid())]
    nothing = subprocess.DEVNULL
    try:
        return subprocess.Popen(  # noqa: S603 - our own interpreter and our own text
            command, stdin=nothing, stdout=nothing, stderr=nothing, pass_fds=(listener, control), start_new_session=True
        )
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or str(error)
        cure = "run simnet with a Python that can start itself, and with room for one more process (ulimit -u)"
        raise MachineError(f"the starved acceptor could not be started ({sys.executable!r}: {why}); {cure}") from error
