"""Becomes CMD with files of its own in /etc: run as a script, by path, with nothing of simnet imported.

    python -I -S own_files.py CONTROL FILES CMD ARGS...

Law: nothing of the system is changed, nothing is left of it. FILES is a descriptor with a JSON object, path -> text. In
a mount namespace of its own each path is covered by a file with that text (mount(2), MS_BIND), which nobody else sees
and which ends with the last process in it. Whoever runs this stays who he is. What cannot be done is said over the
socket CONTROL ("unavailable: STEP: errno"), and CMD does not run: with the wrong names it would dial who knows whom.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import socket
import sys

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000  # linux/sched.h
MS_BIND, MS_REC, MS_SLAVE = 0x1000, 0x4000, 0x80000  # linux/mount.h
MNT_DETACH = 2  # linux/fs.h

WORKSHOPS = ("/tmp", "/var/tmp", "/run", "/mnt")  # noqa: S108 - as places to mount on, in our own namespace
"""Folders that there are: the first one is covered by a tmpfs while the files are made."""

CACHES = ("/run/nscd", "/var/run/nscd")
"""Where glibc asks for nscd(8), which would answer with the system's names: covered with nothing."""

libc = ctypes.CDLL(None, use_errno=True)


class StepError(Exception):
    """What could not be done, and the errno."""

    def __init__(self, step: str, number: int) -> None:
        super().__init__(f"{step}: {errno.errorcode.get(number, str(number))}")


def mount(step: str, source: str, target: str, kind: str | None, flags: int) -> None:
    """mount(2). Raises `StepError`."""
    text = [None if word is None else os.fsencode(word) for word in (source, target, kind)]
    if libc.mount(*text, ctypes.c_ulong(flags), None):
        raise StepError(step, ctypes.get_errno())


def leave() -> None:
    """A mount namespace of our own; an ordinary user needs a user namespace for it, with his own number in it."""
    user, group = os.geteuid(), os.getegid()
    if libc.unshare(CLONE_NEWNS) == 0:
        return
    if libc.unshare(CLONE_NEWUSER | CLONE_NEWNS):
        raise StepError("unshare", ctypes.get_errno())
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        try:
            with open(f"/proc/self/{name}", "w", encoding="ascii") as file:
                file.write(text)
        except OSError as error:
            raise StepError(f"map users (/proc/self/{name})", error.errno or 0) from None


def cover(files: dict[str, str]) -> None:
    """Put the files in place. They live on a tmpfs that has no place of its own any more when all is done."""
    mount("mount /", "none", "/", None, MS_REC | MS_SLAVE)
    workshop = next(filter(os.path.isdir, WORKSHOPS))
    mount(f"mount a tmpfs on {workshop}", "tmpfs", workshop, "tmpfs", 0)
    os.mkdir(f"{workshop}/empty")
    for number, (path, text) in enumerate(files.items()):
        made = f"{workshop}/{number}"
        with open(made, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(made, 0o644)
        mount(f"mount {path}", made, path, None, MS_BIND)
    for folder in {os.path.realpath(cache) for cache in CACHES if os.path.isdir(cache)}:
        mount(f"mount {folder}", f"{workshop}/empty", folder, None, MS_BIND)
    libc.umount2(os.fsencode(workshop), MNT_DETACH)


def main(control: str, files: str, *command: str) -> None:
    """Do it all."""
    with open(int(files), "rb") as told:
        wanted = json.load(told)
    try:
        leave()
        cover(wanted)
    except StepError as error:
        with socket.socket(fileno=int(control)) as said:
            said.send(f"unavailable: {error}".encode())
        sys.exit(1)
    os.set_inheritable(int(control), True)  # noqa: FBT003 - the name of the os module
    os.execvp(command[0], command)  # noqa: S606 - it is what this is for


if __name__ == "__main__":
    main(*sys.argv[1:])
