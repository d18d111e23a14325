"""The names that are replaced in a run, all of them, and how they are put back.

Law: a replacement asks which thread calls it, and is the original wherever no simulation runs: other threads see nothing
of it. Names are replaced when the first run of the process begins and put back when the last ends, whatever way it ends;
one that somebody else has changed meanwhile is left alone. A module that takes a name in a run (`from time import
sleep`) keeps the replacement, which then is the original.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import queue
import select
import selectors
import socket
import ssl
import sys
import threading
import time
from _thread import allocate_lock, get_ident
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any, Final

import trio

from simnet.simulation import clocks, event_loop, raw, readiness, sockets, threads, tls, trio_threads
from simnet.simulation.guard import watch_for_leaks
from simnet.simulation.holders import Holder, holders
from simnet.simulation.unsuited import refuse_gevent, refused_names

__all__ = ["patched"]

FUNCTIONS: Final[tuple[tuple[ModuleType, str, object], ...]] = (
    *((time, name, clock) for name, clock in clocks.CLOCKS.items()),
    (time, "sleep", clocks.sleep),
    (os, "urandom", clocks.urandom),
    (socket, "getaddrinfo", raw.find_names),
    (select, "select", readiness.select_sockets),
    (select, "poll", readiness.poll),
    (select, "epoll", readiness.epoll),
    (selectors, "DefaultSelector", readiness.default_selector),
    (threading, "Lock", threads.lock),
    (threading, "RLock", threads.rlock),
    (threading, "get_ident", threads.ident),
    (queue, "SimpleQueue", threads.simple_queue),
    (ssl, "create_default_context", tls.create_default_context),
    (asyncio, "new_event_loop", event_loop.new_event_loop),
    (trio.to_thread, "run_sync", trio_threads.run_sync),
)
"""Module, name, replacement: also where somebody else has the same thing under a name of its own."""

METHODS: Final[tuple[tuple[type, str, object], ...]] = (
    (ssl.SSLContext, "wrap_socket", tls.wrap_socket),
    (threading.Thread, "start", threads.start),
    (threading.Thread, "join", threads.join),
    (threading.Thread, "is_alive", threads.is_alive),
)

_originals: Final[Mapping[int, tuple[object, object]]] = {
    id(getattr(module, name)): (getattr(module, name), new) for module, name, new in FUNCTIONS
} | {id(allocate_lock): (allocate_lock, threads.lock)}
_lock: Final = allocate_lock()
_running: Final[list[int]] = []
_undoing: Final[list[Callable[[], None]]] = []
_scanned: Final[dict[str, Any]] = {"for": None, "holders": []}


@contextlib.contextmanager
def patched(client: object) -> Iterator[None]:
    """In this block the names are replaced. Raises `MachineError` if gevent has replaced them before.

    `client`: whose code decides whether what was found for the last run still holds. Nor is garbage looked for: when that happens is chance, and a connection that was forgotten would be closed by it.
    """
    refuse_gevent()
    watch_for_leaks()
    collects = gc.isenabled()
    gc.disable()
    with _lock:
        if not _running:
            _replace(client)
        _running.append(get_ident())
    try:
        yield
    finally:
        if collects:
            gc.enable()
        with _lock:
            _running.remove(get_ident())
            if not _running:
                _put_back()


def _replace(client: object) -> None:
    try:
        for holder in _holders(client):
            _hold(holder, _originals[id(holder.old)][1])
        for cls, name, new in METHODS:
            _set_attribute(cls, name, cls.__dict__[name], new)
        for place, name, old, new in refused_names():
            _set_attribute(place, name, old, new)
        socket.socket.__new__ = sockets.make_socket  # type: ignore[method-assign,assignment]
        _undoing.append(_forget_new)
    except BaseException:
        _put_back()
        raise


def _put_back() -> None:
    while _undoing:
        _undoing.pop()()


def _forget_new() -> None:
    del socket.socket.__new__


def _hold(holder: Holder, new: object) -> None:
    holder.set(new)

    def undo() -> None:
        if holder.get() is new:
            holder.set(holder.old)

    _undoing.append(undo)


def _set_attribute(holder: Any, name: str, old: object, new: object) -> None:
    setattr(holder, name, new)

    def undo() -> None:
        if holder.__dict__.get(name) is new:
            setattr(holder, name, old)

    _undoing.append(undo)


def _holders(client: object) -> list[Holder]:
    """Where an original has a name; looked for again when there are more modules, or it is another client."""
    wanted = len(sys.modules), getattr(client, "__code__", None)
    if _scanned["for"] != wanted:
        _scanned["holders"] = holders({number: old for number, (old, _) in _originals.items()})
        _scanned["for"] = wanted
    return [one for one in _scanned["holders"] if one.get() is one.old]
