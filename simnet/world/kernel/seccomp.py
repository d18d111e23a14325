"""Seccomp user notification: being asked about a system call of another process before the kernel acts.

Law: it tells and answers, it does not decide. Structures and numbers are of include/uapi/linux/seccomp.h; the filter is
installed by `launch.py`. What was read from the asking process counts only if the notification is still valid
afterwards (seccomp_unotify(2), "Design goals"): the process may have died and its number been given away.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import socket
import struct
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.errors import MachineError

__all__ = ["Notice", "answer", "borrowed_socket", "launcher", "process_of", "read_memory", "receive", "wake_at_once"]

NOTIF_RECV, NOTIF_SEND, NOTIF_ID_VALID, NOTIF_SET_FLAGS = 0xC0502100, 0xC0182101, 0x40082102, 0x40082104
FLAG_CONTINUE = 1
SYNC_WAKE_UP = 1  # SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP
NOTICE = struct.Struct("=QIIiIQ6Q")  # struct seccomp_notif
ANSWER = struct.Struct("=QqiI")  # struct seccomp_notif_resp
PIDFD_OPEN, PIDFD_GETFD = 434, 438  # the same numbers everywhere (asm-generic/unistd.h)

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}  # AUDIT_ARCH_*, linux/audit.h
NUMBERS = {
    "x86_64": {"socket": 41, "connect": 42, "bind": 49},  # asm/unistd_64.h
    "aarch64": {"socket": 198, "bind": 200, "connect": 203},  # asm-generic/unistd.h
}

CALLS = {number: name for name, number in NUMBERS.get(os.uname().machine, {}).items()}
"""The system calls of this machine, by number."""

_libc = ctypes.CDLL(None, use_errno=True)
_at_once = ctypes.PyDLL(None, use_errno=True)
"""The same, for calls of a microsecond: the interpreter's lock is kept, since to get it back from a busy world takes many
times as long."""


class _Span(ctypes.Structure):
    """struct iovec (uio.h)."""

    _fields_ = (("base", ctypes.c_void_p), ("length", ctypes.c_size_t))


_read_of = _libc.process_vm_readv  # not at once: the program's memory may be a file's, which the kernel then waits for
_read_of.restype = ctypes.c_ssize_t
_read_of.argtypes = [ctypes.c_int, *(ctypes.POINTER(_Span), ctypes.c_ulong) * 2, ctypes.c_ulong]
_ioctl = _at_once.ioctl
_ioctl.argtypes = [ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p]


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
    """The next notice, of which poll(2) has told; None if it is withdrawn (the thread was killed) or nobody is left.

    Never blocks after such a word: each notice is counted, and one that is withdrawn stays counted, so that its place is
    answered with ENOENT (seccomp_notify_recv, kernel/seccomp.c).
    """
    buffer = ctypes.create_string_buffer(NOTICE.size)
    if _ioctl(notifier, NOTIF_RECV, buffer):
        number = ctypes.get_errno()
        if number in {errno.ENOENT, errno.EINTR, errno.EAGAIN, errno.EBADF}:
            return None
        raise OSError(number, os.strerror(number))
    identity, thread, _, call, _, _, *arguments = NOTICE.unpack(buffer.raw)
    return Notice(identity, thread, CALLS.get(call, ""), tuple(arguments))


def wake_at_once(notifier: int) -> None:
    """Have a notice run us at once on the processor of its thread, which waits anyway (Linux 6.6; without it, it costs more)."""
    _ioctl(notifier, NOTIF_SET_FLAGS, SYNC_WAKE_UP)


def answer(notifier: int, notice: Notice, error: int = 0) -> None:
    """Let the system call go on in the kernel, or (with `error`) fail at once with that errno."""
    reply = ANSWER.pack(notice.id, 0, -error, 0 if error else FLAG_CONTINUE)
    if _ioctl(notifier, NOTIF_SEND, reply):
        number = ctypes.get_errno()
        if number != errno.ENOENT:  # the thread was killed meanwhile
            raise OSError(number, os.strerror(number))


def still_asks(notifier: int, notice: Notice) -> bool:
    """Whether the thread is still there, so that what was read by its number is its own."""
    return not _ioctl(notifier, NOTIF_ID_VALID, struct.pack("=Q", notice.id))


def read_memory(notifier: int, notice: Notice, address: int, size: int) -> bytes:
    """Memory of the asking process; b"" if it cannot be read or the notice is no longer valid."""
    data = ctypes.create_string_buffer(size) if size else None
    if data is None:
        return b""
    here, there = _Span(ctypes.addressof(data), size), _Span(address, size)
    found = _read_of(notice.thread, ctypes.byref(here), 1, ctypes.byref(there), 1, 0)
    return data.raw[:found] if found > 0 and still_asks(notifier, notice) else b""


def process_of(thread: int) -> int:
    """The process that a thread belongs to (Tgid in proc(5)); 0 if it is gone.

    pidfd_open(2) takes the first thread of a process only, and is a hundredth of the work of reading proc(5).
    """
    if (handle := _at_once.syscall(PIDFD_OPEN, thread, 0)) >= 0:
        _at_once.close(handle)
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
    sock = _copy_of(process, descriptor)
    try:
        yield sock
    finally:
        if sock is not None:
            _let_go(sock)


def _copy_of(process: int, descriptor: int) -> socket.socket | None:
    if (handle := _at_once.syscall(PIDFD_OPEN, process, 0)) < 0:
        return None
    copy = _at_once.syscall(PIDFD_GETFD, handle, descriptor, 0)
    _at_once.close(handle)
    if copy < 0:
        return None
    try:
        return socket.socket(fileno=copy)
    except OSError:  # it is no socket
        os.close(copy)
        return None


def _let_go(sock: socket.socket) -> None:
    """Close our copy. It is the last one if the client has closed its own meanwhile: then a close may linger (socket(7))."""
    if any(sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[4:]):
        sock.close()
    else:
        _at_once.close(sock.detach())
