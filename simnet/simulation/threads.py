"""Threads and locks of blocking code: a thread is another greenlet, with a task of its own.

Law: one runs at a time, and another's turn comes only where one waits, so that a run with threads is as repeatable as one
without. A thread that has not ended when the client returns is ended, as a daemon is.
"""

from __future__ import annotations

import math
import queue
import threading
from _thread import get_ident as real_ident
from typing import Any, Final, final

import trio

from simnet.simulation.greenlets import in_greenlet, is_inside, wait_for
from simnet.simulation.guard import leaks
from simnet.simulation.scene import scene_here
from simnet.world.virtual.private import python_rlock, python_simple_queue, thread_began, thread_ended

__all__ = ["VirtualLock", "ident", "is_alive", "join", "lock", "rlock", "simple_queue", "start"]

real_lock: Final = threading.Lock
real_rlock: Final = threading.RLock
real_simple_queue: Final = queue.SimpleQueue
real_start: Final = threading.Thread.start
real_join: Final = threading.Thread.join
real_is_alive: Final = threading.Thread.is_alive


@final
class VirtualLock:
    """`threading.Lock`."""

    def __init__(self) -> None:
        self._held = False
        self._waiting = trio.lowlevel.ParkingLot()

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:  # noqa: FBT001, FBT002 - as in threading
        """See `threading.Lock`."""
        if self._held:
            return blocking and wait_for(self._wait, math.inf if timeout < 0 else timeout)
        self._held = True
        return True

    async def _wait(self, seconds: float) -> bool:
        with trio.move_on_after(seconds):
            while self._held:
                await self._waiting.park()
            self._held = True
            return True
        return False

    def release(self) -> None:
        """See `threading.Lock`."""
        if not self._held:
            raise RuntimeError("release unlocked lock")
        self._held = False
        self._waiting.unpark()

    def locked(self) -> bool:
        """See `threading.Lock`."""
        return self._held

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(self, *about: object) -> None:
        self.release()

    def _at_fork_reinit(self) -> None:
        """What `threading.Event` and `logging` ask of a lock."""
        self._held = False


def lock() -> Any:
    """`threading.Lock`."""
    return VirtualLock() if is_inside() else real_lock()


def rlock() -> Any:
    """`threading.RLock`: Python's own in Python, which is made of a lock and `get_ident`."""
    return python_rlock() if is_inside() else real_rlock()


def simple_queue() -> Any:
    """`queue.SimpleQueue`: the one in C waits in the kernel."""
    return python_simple_queue() if is_inside() else real_simple_queue()


def ident() -> int:
    """`threading.get_ident`."""
    scene = scene_here()
    own = scene.life.ident if scene is not None and scene.life is not None else None
    return real_ident() if own is None else own


def start(thread: threading.Thread) -> None:
    """`threading.Thread.start`."""
    scene = scene_here()
    if scene is None:
        real_start(thread)
        return
    if scene.life is None:
        leaks(scene, "a thread beside the tasks of Trio has another clock; use trio.to_thread.run_sync, or sim.run_sync")
    if thread.ident is not None:
        raise RuntimeError("threads can only be started once")
    number, over = next(scene.idents), VirtualLock()
    over.acquire()
    thread.__dict__["_simnet_over"] = over
    thread_began(thread, number)

    def live() -> None:
        try:
            _live(thread)
        finally:
            thread_ended(thread, number)
            over.release()

    async def task() -> None:
        await in_greenlet(live, ident=number)

    scene.nursery.start_soon(task, name=f"thread {thread.name}")


def _live(thread: threading.Thread) -> None:
    """Run it, and tell of what it raises as threads do (`threading.excepthook`)."""
    try:
        thread.run()
    except SystemExit:
        pass
    except Exception as error:  # noqa: BLE001 - a thread's error ends the thread
        told = threading.ExceptHookArgs((type(error), error, error.__traceback__, thread))
        threading.excepthook(told)


def join(thread: threading.Thread, timeout: float | None = None) -> None:
    """`threading.Thread.join`."""
    over: VirtualLock | None = thread.__dict__.get("_simnet_over")
    if over is None:
        real_join(thread, timeout)
    elif over.acquire(timeout=-1 if timeout is None else max(timeout, 0)):
        over.release()


def is_alive(thread: threading.Thread) -> bool:
    """`threading.Thread.is_alive`."""
    over: VirtualLock | None = thread.__dict__.get("_simnet_over")
    return real_is_alive(thread) if over is None else over.locked()
