"""What cannot be simulated, and why.

Law: code that reaches the kernel or the clock past Python is refused when it is called in a run, with the reason and what
to do instead. Nothing is imported to be refused.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from typing import Any, Final

from simnet.errors import MachineError
from simnet.simulation.guard import leaks
from simnet.simulation.scene import scene_here

__all__ = ["refuse_gevent", "refused_names"]

IN_C: Final = (
    "its network code is written in C and asks the kernel itself, past every name of Python that could be replaced"
)
LOOP: Final = "its loop is written in C (libuv) and asks the kernel itself; run the client on the loop of asyncio, which sim.run_asyncio gives it"
PROCESS: Final = "another process has its own clock and its own sockets; use threads, which can be simulated"

UNSUITED: Final = (
    ("psycopg", "connect", IN_C),
    ("psycopg.Connection", "connect", IN_C),
    ("psycopg.AsyncConnection", "connect", IN_C),
    ("psycopg2", "connect", IN_C),
    ("MySQLdb", "connect", IN_C),
    ("pycurl", "Curl", IN_C),
    ("pycares", "Channel", IN_C),
    ("grpc", "insecure_channel", IN_C),
    ("grpc", "secure_channel", IN_C),
    ("grpc.aio", "insecure_channel", IN_C),
    ("grpc.aio", "secure_channel", IN_C),
    ("uvloop", "new_event_loop", LOOP),
    ("uvloop", "run", LOOP),
    ("uvloop", "Loop", LOOP),
    ("multiprocessing.process.BaseProcess", "start", PROCESS),
)
"""Module (and class) and name -> why."""

_made: Final[dict[tuple[str, str], tuple[object, object]]] = {}


def refused_names() -> Iterator[tuple[Any, str, object, object]]:
    """Those that are imported: where, which name, what stands there, and what shall stand there in a run."""
    for place, name, why in UNSUITED:
        holder = _found(place)
        found = None if holder is None else holder.__dict__.get(name)
        if found is not None:
            yield holder, name, found, _refusing(place, name, found, why)


def _found(place: str) -> Any:
    module, _, inner = place.rpartition(".") if place.rpartition(".")[2][:1].isupper() else (place, "", "")
    found = sys.modules.get(module)
    return getattr(found, inner, None) if inner and found is not None else found


def _refusing(place: str, name: str, found: object, why: str) -> object:
    """One function for each, for ever: who imports it in a run keeps it."""
    known = _made.get((place, name))
    if known is None or known[0] is not found:
        plain: Any = found.__func__ if isinstance(found, classmethod | staticmethod) else found
        refusing = _refusal(f"{place}.{name}", plain, why)
        made = type(found)(refusing) if isinstance(found, classmethod | staticmethod) else refusing
        _made[place, name] = known = found, made
    return known[1]


def _refusal(what: str, real: Callable[..., Any], why: str) -> Callable[..., Any]:
    def refuse(*args: Any, **options: Any) -> Any:
        scene = scene_here()
        if scene is not None:
            leaks(scene, f"{what} cannot be simulated: {why}")
        return real(*args, **options)

    return refuse


def refuse_gevent() -> None:
    """Raise `MachineError` if gevent has replaced the names that a simulation has to replace."""
    monkey: Any = sys.modules.get("gevent.monkey")
    if monkey is not None and monkey.is_module_patched("socket"):
        why = "gevent has put its own sockets, on its own loop in C, in the place of Python's (gevent.monkey)"
        raise MachineError(f"no client can be run in virtual time here: {why}; run it in a process without")
