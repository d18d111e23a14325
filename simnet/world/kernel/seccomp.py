"""Seccomp user notification: being asked about a system call of another process before the kernel acts.

Law: it tells and answers, it does not decide. Structures and numbers are of include/uapi/linux/seccomp.h; the filter is
installed by `launch.py`. What was read from the asking process counts only if the notification is still valid
afterwards (seccomp_unotify(2), "Design goals"): the process may have died and its number been given away.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.errors import MachineError

__all__ = ["Notice", "answer", "borrowed_socket", "launcher", "process_of", "read_memory", "receive"]

NOTIF_RECV, NOTIF_SEND, NOTIF_ID_VALID = 0xC0502100, 0xC0182101, 0x40082102
FLAG_CONTINUE = 1
NOTICE = struct.Struct("=QIIiIQ6Q")  # struct seccomp_notif
ANSWER = struct.Struct("=QqiI")  # struct seccomp_notif_resp
PIDFD_GETFD = 438  # the same number everywhere (asm-generic/unistd.h)

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*, linux/audit.h
NUMBERS = {
    "x86_64": {"socket": 41, "connect": 42, "bind": 49},  # asm/unistd_64.h
    "aarch64": {"socket": 198, "bind": 200, "connect": 203},  # asm-generic/unistd.h
}

CALLS = {number: name for name, number in NUMBERS.get(os.uname().machine, {}).items()}
"""The system calls of this machine, by number."""

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Notice:
    """A thread stands before a system call and waits."""

    id: int
    thread: int
    call: str
    arguments: tuple[int, ...]


def launcher(control: int, open_files: int | None, calls: Sequence[str], command: Sequence[str]) -> list[str]:
    """The command line that becomes `command`, supervised; raises `MachineError` on another architecture."""
    machine = os.uname().machine
    if machine not in ARCHITECTURES:
        known = " and ".join(ARCHITECTURES)
        raise MachineError(f"programs are supervised on {known}, and this is {machine}")
    numbers = ",".join(str(NUMBERS[machine][call]) for call in calls)
    script = str(Path(__file__).with_name("launch.py"))
    limit = "-" if open_files is None else str(open_files)
    given = [str(os.getpid()), str(control), limit, str(ARCHITECTURES[machine]), numbers]
    return [sys.executable, "-I", "-S", script, *given, *command]


def receive(notifier: int) -> Notice | None:
    """The next notice; None if it is withdrawn (the thread was killed) or nobody is left. Blocks."""
    buffer = bytearray(NOTICE.size)
    try:
        fcntl.ioctl(notifier, NOTIF_RECV, buffer)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.EINTR, errno.EAGAIN, errno.EBADF}:
            return None
        raise
    identity, thread, _, number, _, _, *arguments = NOTICE.unpack(buffer)
    return Notice(identity, thread, CALLS.get(number, ""), tuple(arguments))


def answer(notifier: int, notice: Notice, error: int = 0) -> None:
    """Let the system call go on in the kernel, or (with `error`) fail at once with that errno."""
    reply = ANSWER.pack(notice.id, 0, -error, 0 if error else FLAG_CONTINUE)
    with contextlib.suppress(FileNotFoundError):  # ENOENT: the thread was killed meanwhile
        fcntl.ioctl(notifier, NOTIF_SEND, bytearray(reply))


def still_asks(notifier: int, notice: Notice) -> bool:
    """Whether the thread is still there, so that what was read by its number is its own."""
    try:
        fcntl.ioctl(notifier, NOTIF_ID_VALID, struct.pack("=Q", notice.id))
    except OSError:
        return False
    return True


def read_memory(notifier: int, notice: Notice, address: int, size: int) -> bytes:
    """Memory of the asking process; b"" if it cannot be read or the notice is no longer valid."""
    try:
        memory = os.open(f"/proc/{notice.thread}/mem", os.O_RDONLY | os.O_CLOEXEC)
        try:
            data = os.pread(memory, size, address)
        finally:
            os.close(memory)
    except (OSError, OverflowError, ValueError):
        return b""
    return data if still_asks(notifier, notice) else b""


def process_of(thread: int) -> int:
    """The process that a thread belongs to (Tgid in proc(5)); 0 if it is gone.

    pidfd_open(2) takes the first thread of a process only, and is a tenth of the work of reading proc(5).
    """
    with contextlib.suppress(OSError):
        os.close(os.pidfd_open(thread))
        return thread
    with contextlib.suppress(OSError), open(f"/proc/{thread}/status", encoding="ascii", errors="replace") as status:
        for line in status:
            if line.startswith("Tgid:"):
                return int(line.split()[1])
    return 0


@contextlib.contextmanager
def borrowed_socket(process: int, descriptor: int) -> Iterator[socket.socket | None]:
    """Look at a socket of another process (pidfd_getfd(2)), for as short as may be; None if there is none.

    While the block lasts we hold the socket as well: a close there takes effect only when the block is left.
    """
    with contextlib.ExitStack() as stack:
        try:
            pidfd = os.pidfd_open(process)
            stack.callback(os.close, pidfd)
            copy = _libc.syscall(PIDFD_GETFD, pidfd, descriptor, 0)
            sock = socket.socket(fileno=copy) if copy >= 0 else None
        except OSError:
            sock = None
        if sock is not None:
            stack.callback(sock.close)
        yield sock
