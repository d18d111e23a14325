"""The leak guard: nothing in a run touches a real socket, a real sleep, a thread or another program.

Law: what would is refused where it happens, with file and line, before the kernel is asked; and since a client that
retries may take that for a failure like any other, whoever started the run raises it again at its end. Python announces
these calls (sys.addaudithook, PEP 578) and a hook cannot be taken back, so one is installed once, and looks only at
threads that run a simulation.
"""

from __future__ import annotations

import ipaddress
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any, Final, NoReturn

import trio

from simnet import errors
from simnet.errors import LeakError
from simnet.simulation.scene import Scene, scene_here

__all__ = ["is_number", "leaks", "watch_for_leaks"]

THREADS: Final = "a thread runs beside the simulation and its clock"
PROGRAMS: Final = "another program is not in the simulation: neither its sockets nor its clock"

WATCHED: Final[Mapping[str, str]] = {
    "_thread.start_new_thread": THREADS,
    "os.exec": PROGRAMS,
    "os.fork": PROGRAMS,
    "os.forkpty": PROGRAMS,
    "os.posix_spawn": PROGRAMS,
    "os.system": PROGRAMS,
    "socket.bind": "a real socket is not in the simulation",
    "socket.connect": "a real socket is not in the simulation",
    "socket.getaddrinfo": "the machine's resolver is not in the simulation",
    "socket.sendmsg": "a real socket is not in the simulation",
    "socket.sendto": "a real socket is not in the simulation",
    "subprocess.Popen": PROGRAMS,
    "time.sleep": "a real sleep stops the simulation and its clock",
}
"""Event (docs.python.org, "Audit events table") -> why it is refused."""

OURS: Final = tuple(
    str(place)
    for place in (
        Path(errors.__file__).parent,
        Path(trio.__file__).parent,
        sysconfig.get_path("stdlib") + "/",
    )
)
"""Of stacks: what is not the client's."""

_installed: list[bool] = []


def leaks(scene: Scene, what: str) -> NoReturn:
    """Refuse it: raises `LeakError` with the place of the caller, now and at the end of the run."""
    error = LeakError(f"{_place(sys._getframe(1))}: {what}")  # noqa: SLF001 - the documented way to the stack
    scene.leaks.append(error)
    raise error


def watch_for_leaks() -> None:
    """From now on leaks are seen."""
    if not _installed:
        _installed.append(True)
        sys.addaudithook(_hook)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event not in WATCHED:
        return
    scene = scene_here()
    if scene is not None and not (event == "socket.getaddrinfo" and is_number(arguments[0])):
        leaks(scene, f"{event}: {WATCHED[event]}")


def is_number(host: object) -> bool:
    """Whether nobody has to be asked; the resolver of the C library only reads it."""
    try:
        ipaddress.ip_address(host.decode() if isinstance(host, bytes) else str(host or "127.0.0.1"))
    except ValueError:
        return False
    return True


def _place(frame: FrameType) -> str:
    """The client's innermost line; that of a library if there is no other."""
    frames = list(_outwards(frame))
    third = [
        one for one in frames if not one.f_code.co_filename.startswith(OURS) or "-packages" in one.f_code.co_filename
    ]
    found = next((one for one in third if not one.f_code.co_filename.startswith(OURS[:2])), frames[0])
    return f"{found.f_code.co_filename}:{found.f_lineno}"


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    while frame is not None:
        yield frame
        frame = frame.f_back
