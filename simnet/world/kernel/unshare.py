"""Becomes CMD in namespaces of its own: run as a script, by path, with nothing of simnet imported.

    python -I -S unshare.py CMD ARGS...

Law: nothing of the system is changed, nothing is left of it: the namespaces end with the last process in them. CMD is
told by SIMNET_ISOLATION what came of it: the name of its network namespace, or "no: STEP: errno", and then it runs
where it was started. Whoever runs this stays who he is: every user has the number that he has outside.

Three processes: the one that was started stays outside and hands on signals and the status; `init` is the first in the
namespaces (clone(2)) and reaps; CMD is its child. When one of them is killed so are the others: init by
PR_SET_PDEATHSIG, and with the first process of a PID namespace the kernel ends all that are in it (pid_namespaces(7)).
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import resource
import signal
import socket
import struct
import sys

CLONE_NEWNS, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x20000, 0x10000000, 0x20000000, 0x40000000  # linux/sched.h
NUMBER_OF_CLONE = {"x86_64": 56, "aarch64": 220}  # asm/unistd_64.h, asm-generic/unistd.h
MS_REC, MS_SLAVE = 0x4000, 0x80000  # linux/mount.h
PR_SET_PDEATHSIG = 1  # linux/prctl.h
SIOCSIFFLAGS, IFF_UP = 0x8914, 1  # linux/sockios.h, linux/if.h

WITHOUT_PIDS = CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWNS
WANTED = (WITHOUT_PIDS | CLONE_NEWPID, WITHOUT_PIDS)
"""The best first. Without a PID namespace (a container may forbid to mount its /proc) the warden of `launch.py` and
PR_SET_PDEATHSIG see to it that nobody is left."""

HANDED_ON = frozenset({signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2})
WAKES = HANDED_ON | {signal.SIGCHLD}

libc = ctypes.CDLL(None, use_errno=True)


class StepError(Exception):
    """What could not be done, and the errno."""

    def __init__(self, step: str, number: int) -> None:
        super().__init__(f"{step}: {errno.errorcode.get(number, str(number))}")


def check(step: str, result: int) -> None:
    """Raise `StepError` if the call of libc has failed."""
    if result < 0:
        raise StepError(step, ctypes.get_errno())


def write(step: str, path: str, text: str) -> None:
    """Write a file of /proc in one write(2). Raises `StepError`."""
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError as error:
        raise StepError(f"{step} ({path})", error.errno or 0) from None


def clone(flags: int) -> int:
    """Fork into new namespaces: 0 in the child. As os.fork, but for what Python tells threads, of which there are none."""
    number = NUMBER_OF_CLONE.get(os.uname().machine)
    if number is None:
        raise StepError("clone", errno.ENOSYS)
    ctypes.set_errno(0)
    child = int(libc.syscall(number, flags | signal.SIGCHLD, None, None, None, None))
    check("clone", child)
    return child


def map_users(child: int) -> None:
    """Every user and group that we know has the same number inside (user_namespaces(7))."""
    for kind, own in (("uid", os.geteuid()), ("gid", os.getegid())):
        with open(f"/proc/self/{kind}_map", encoding="ascii") as known:
            ranges = [(inside, count) for inside, _, count in map(str.split, known)]
        if os.geteuid():  # an ordinary user may map himself, and must give up setgroups(2)
            ranges = [(str(own), "1")]
            if kind == "gid":
                write("map groups", f"/proc/{child}/setgroups", "deny")
        text = "".join(f"{inside} {inside} {count}\n" for inside, count in ranges)
        write(f"map {kind}s", f"/proc/{child}/{kind}_map", text)


def furnish(*, pids: bool) -> None:
    """What the namespaces need to be lived in: loopback, every port for everybody, and a /proc that shows their own."""
    check("mount /", libc.mount(b"none", b"/", None, MS_REC | MS_SLAVE, None))
    if pids:
        check("mount /proc", libc.mount(b"proc", b"/proc", b"proc", 0, None))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        try:
            fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH22x", b"lo", IFF_UP))
        except OSError as error:
            raise StepError("bring loopback up", error.errno or 0) from None
    write("free the ports below 1024", "/proc/sys/net/ipv4/ip_unprivileged_port_start", "0")


def init(control: socket.socket, mask: set[int], command: list[str], *, pids: bool) -> None:
    """In the namespaces: furnish them, start `command`, reap until it ends, and send its status. Does not return."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if not control.recv(1):
        os._exit(1)  # who started us has gone before that
    try:
        furnish(pids=pids)
    except StepError as error:
        control.send(str(error).encode())
        os._exit(1)
    if (child := os.fork()) == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        control.close()
        become(os.readlink("/proc/self/ns/net"), command)
    control.send(b"")
    while (status := wait_for(child, outside=os.getppid())) is None:
        pass
    control.send(struct.pack("i", status))
    os._exit(0)


def wait_for(child: int, outside: int | None) -> int | None:
    """Hand on one signal, or take one end: the status of `child`, if that was it.

    What a terminal sends (si_code above 0, sigaction(2)) it sends to `child` too. `outside`: from whom alone signals
    are handed on; None: from anybody.
    """
    got = signal.sigwaitinfo(WAKES)
    if got.si_signo in HANDED_ON and got.si_code <= 0 and outside in {None, got.si_pid}:
        os.kill(child, got.si_signo)
    found = None
    try:
        while (ended := os.waitpid(-1, os.WNOHANG))[0]:
            found = ended[1] if ended[0] == child else found
    except ChildProcessError:
        pass
    return found


def become(isolation: str, command: list[str]) -> None:
    """Become CMD, which learns by its environment how it has come."""
    os.environ["SIMNET_ISOLATION"] = isolation
    for ignored in (signal.SIGPIPE, signal.SIGXFSZ):  # by Python, when it started us
        signal.signal(ignored, signal.SIG_DFL)
    try:
        os.execvp(command[0], command)  # noqa: S606 - it is what this is for
    except OSError as error:
        sys.stderr.write(f"simnet: {command[0]}: {error.strerror}\n")
        os._exit(127)


def end_like(status: int) -> None:
    """Exit with that status, or by that signal (without a second core dump)."""
    if os.WIFSIGNALED(status):
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        number = os.WTERMSIG(status)
        if number != signal.SIGKILL:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, [number])
        os.kill(os.getpid(), number)
    os._exit(os.waitstatus_to_exitcode(status) & 0xFF)


def let_furnish(control: socket.socket) -> None:
    """Let `init` do what it can do only now that it has a number. Raises `StepError` as it did."""
    control.send(b"go")
    if said := control.recv(256):
        step, _, name = said.decode().rpartition(": ")
        raise StepError(step, getattr(errno, name, 0))


def isolate(flags: int, mask: set[int], command: list[str]) -> None:
    """Start `command` in namespaces and end as it does; raises `StepError` where they are not to be had."""
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = clone(flags)
    if child == 0:
        control.close()
        init(theirs, mask, command, pids=bool(flags & CLONE_NEWPID))
    theirs.close()
    try:
        map_users(child)
        let_furnish(control)
    except StepError:
        control.close()
        os.waitpid(child, 0)
        raise
    while (status := wait_for(child, None)) is None:
        pass
    told = control.recv(4)
    end_like(struct.unpack("i", told)[0] if told else status)


def main(*command: str) -> None:
    """The best namespaces that are to be had, or none and the reason."""
    mask = {int(number) for number in signal.pthread_sigmask(signal.SIG_BLOCK, WAKES)}
    why = ""
    for flags in WANTED:
        try:
            isolate(flags, mask, list(command))
        except StepError as error:
            why = why or str(error)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    become(f"no: {why}", list(command))


if __name__ == "__main__":
    main(*sys.argv[1:])
