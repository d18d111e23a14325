"""Becomes the program under test: run as a script, by path, with nothing of simnet imported.

    python -I -S launch.py PARENT CONTROL OPEN_FILES ARCH SYSCALL,... CMD ARGS...

Law: between fork and exec no code of a process with threads may run, so it is this small program that lowers the limit,
installs the filter, sends the notifier's descriptor over the socket CONTROL, and then becomes CMD. Where the filter
cannot be had, it says why and becomes CMD all the same. CONTROL is not inherited by CMD.

PR_SET_NO_NEW_PRIVS is what makes the filter free for an ordinary user (seccomp(2)); its price is that set-user-ID
programs run without their privileges.

Before that it forks: the parent stays, as the warden. Whatever CMD leaves behind becomes a child of the warden
(PR_SET_CHILD_SUBREAPER), which ends it when CMD has ended or simnet has been killed: nothing outlives a run, however
it ends, and no connect is left that nobody answers. The warden then ends as CMD did. It has a warden of its own, so that
whichever process is killed, there is one that puts things in order.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import socket
import sys

PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 1, 36, 38  # linux/prctl.h
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


MOST_DESCRIPTORS = 2**31 - 1
"""The last argument of close_range(2), of a signed int; Python falls back to the open ones before Linux 5.9."""

WAKES = frozenset({signal.SIGCHLD, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM})
"""What the warden looks up for. It heeds none but the end of CMD and that of its parent: a Ctrl-C is for CMD too."""


def die_with(parent: int, how: signal.Signals) -> None:
    """Have the kernel send us `how` when the thread that started us ends (PR_SET_PDEATHSIG, prctl(2))."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(1)


def become_child_of_a_warden(parent: int) -> int:
    """Return in the child, which dies with the warden, with its number; the parent is the warden and does not return."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, WAKES)
    die_with(parent, signal.SIGTERM)
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    warden = os.getpid()
    if child := os.fork():
        watch(child, parent)
    die_with(warden, signal.SIGKILL)
    signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return warden


def watch(child: int, parent: int) -> None:
    """Wait for the end of `child` or of `parent`; end everybody that is left, and then as `child` did: never return."""
    os.closerange(3, MOST_DESCRIPTORS)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for own in range(3):
        os.dup2(nowhere, own)  # a pipe that CMD closes is closed
    status = None
    while status is None and os.getppid() == parent:
        signal.sigwaitinfo(WAKES)
        status = reap(child)
    end_all()
    end_like(status or 0)


def reap(child: int) -> int | None:
    """Take the status of everybody who has ended; that of `child` is returned."""
    found = None
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found = status if pid == child else found


SWEEPS = 100
"""Looks for new processes until everybody has been stopped."""


def end_all() -> None:
    """Kill our children, and theirs as they become ours, until there is none.

    All are stopped first: under a limit of processes each that ends makes room for a fork, and who forks without end would
    be as quick as we are.
    """
    stop_all()
    with contextlib.suppress(ChildProcessError):
        while left := children_of({os.getpid()}):
            for pid in left:
                os.kill(pid, signal.SIGKILL)  # it cannot be somebody else: nobody but us reaps it
            for _ in left:
                os.waitpid(-1, 0)


def stop_all() -> None:
    """SIGSTOP to all that are below us, until nobody is new among them."""
    stopped: set[int] = set()
    for _ in range(SWEEPS):
        if not (new := descendants() - stopped):
            return
        with contextlib.ExitStack() as stack:
            stopped |= stop(new, stack)


def stop(pids: set[int], stack: contextlib.ExitStack) -> set[int]:
    """SIGSTOP to those of them that are below us still: a number that was given to somebody else is not hit (pidfd_open(2))."""
    held, stopped = {}, set()
    for pid in pids:
        with contextlib.suppress(OSError):
            held[pid] = os.pidfd_open(pid)
            stack.callback(os.close, held[pid])
    for pid in descendants() & held.keys():
        with contextlib.suppress(OSError):
            signal.pidfd_send_signal(held[pid], signal.SIGSTOP)
            stopped.add(pid)
    return stopped


def descendants() -> set[int]:
    """Our children, theirs, and so on."""
    found: set[int] = set()
    below = {os.getpid()}
    while below := set(children_of(below)) - found:
        found |= below
    return found


def children_of(parents: set[int]) -> list[int]:
    """Their children (proc(5): the second field after the name in stat is the parent)."""
    found, wanted = [], {str(parent).encode() for parent in parents}
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError), open(f"/proc/{name}/stat", "rb") as stat:
            if stat.read().rpartition(b")")[2].split()[1] in wanted:
                found.append(int(name))
    return found


def end_like(status: int) -> None:
    """Exit with that status, or by that signal (without a second core dump)."""
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        with contextlib.suppress(OSError):  # SIGKILL has no handler
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def main(parent: str, control_fd: str, open_files: str, arch: str, numbers: str, *command: str) -> None:
    """Do it all."""
    become_child_of_a_warden(become_child_of_a_warden(int(parent)))
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
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, when it started us: CMD would inherit that
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - the user's command is what it is for
    except OSError as error:
        sys.stderr.write(f"simnet: {command[0]}: {error.strerror}\n")
        sys.exit(127 if isinstance(error, FileNotFoundError) else 126)


if __name__ == "__main__":
    main(*sys.argv[1:])
