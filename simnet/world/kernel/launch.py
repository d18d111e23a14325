"""Becomes the program under test: run as a script, by path, with nothing of simnet imported.

    python -I -S launch.py PARENT CONTROL OPEN_FILES ARCH SYSCALL,... CMD ARGS...

Law: between fork and exec no code of a process with threads may run, so it is this small program that lowers the limit,
installs the filter, sends the notifier's descriptor over the socket CONTROL, and then becomes CMD. Where the filter
cannot be had, it says why and becomes CMD all the same. CONTROL is not inherited by CMD.

PR_SET_NO_NEW_PRIVS is what makes the filter free for an ordinary user (seccomp(2)); its price is that set-user-ID
programs run without their privileges.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys

PR_SET_PDEATHSIG, PR_SET_NO_NEW_PRIVS = 1, 38  # linux/prctl.h
SECCOMP_SET_MODE_FILTER = 1  # linux/seccomp.h, as all that follow
NEW_LISTENER, WAIT_KILLABLE_RECV = 1 << 3, 1 << 5
RET_USER_NOTIF, RET_ALLOW = 0x7FC00000, 0x7FFF0000
NUMBER_OF_SECCOMP = {"x86_64": 317, "aarch64": 277}  # asm/unistd_64.h, asm-generic/unistd.h

LOAD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06  # BPF_LD|BPF_W|BPF_ABS, BPF_JMP|BPF_JEQ|BPF_K, BPF_RET|BPF_K
NR_AT, ARCH_AT = 0, 4  # offsets in struct seccomp_data


class Instruction(ctypes.Structure):
    """struct sock_filter (linux/filter.h)."""

    _fields_ = (("code", ctypes.c_ushort), ("jt", ctypes.c_ubyte), ("jf", ctypes.c_ubyte), ("k", ctypes.c_uint))


class Program(ctypes.Structure):
    """struct sock_fprog (linux/filter.h)."""

    _fields_ = (("len", ctypes.c_ushort), ("filter", ctypes.POINTER(Instruction)))


def instructions(arch: int, numbers: list[int]) -> list[tuple[int, int, int, int]]:
    """Notify of these system calls of this architecture; let everything else pass (other ABIs too)."""
    count = len(numbers)
    checks = [(JUMP_IF_EQUAL, count - at, 0, number) for at, number in enumerate(numbers)]
    return [
        (LOAD, 0, 0, ARCH_AT),
        (JUMP_IF_EQUAL, 0, count + 1, arch),
        (LOAD, 0, 0, NR_AT),
        *checks,
        (RETURN, 0, 0, RET_ALLOW),
        (RETURN, 0, 0, RET_USER_NOTIF),
    ]


def install(arch: int, numbers: list[int]) -> int:
    """Install the filter in this process, for ever; return the notifier's descriptor. Raises `OSError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = instructions(arch, numbers)
    filled = (Instruction * len(program))(*(Instruction(*one) for one in program))
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    machine = os.uname().machine
    for flags in (NEW_LISTENER | WAIT_KILLABLE_RECV, NEW_LISTENER):  # the second flag is of Linux 5.19
        argument = Program(len(program), filled)
        found = libc.syscall(NUMBER_OF_SECCOMP[machine], SECCOMP_SET_MODE_FILTER, flags, ctypes.byref(argument))
        if found >= 0:
            return int(found)
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def die_with(parent: int) -> None:
    """Have the kernel end us, and so CMD, if simnet is killed: nothing would answer its connects any more."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def main(parent: str, control_fd: str, open_files: str, arch: str, numbers: str, *command: str) -> None:
    """Do it all."""
    die_with(int(parent))
    if open_files != "-":
        resource.setrlimit(resource.RLIMIT_NOFILE, (int(open_files),) * 2)
    with socket.socket(fileno=int(control_fd)) as control:
        try:
            notifier = install(int(arch), [int(number) for number in numbers.split(",")])
        except (OSError, KeyError, AttributeError) as error:
            control.send(b"no: " + str(error).encode())
        else:
            socket.send_fds(control, [b"yes"], [notifier])
            os.close(notifier)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's command is what it is for
    except OSError as error:
        sys.stderr.write(f"simnet: {command[0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


if __name__ == "__main__":
    main(*sys.argv[1:])
