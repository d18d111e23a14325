"""Blocking code inside a task of Trio, in a greenlet.

Law: the code is not changed and does not know. Where it would block its thread, its greenlet gives the task something to
await instead and sleeps until that is done; nothing runs beside it, so that a run is as repeatable as Trio's schedule.
What Trio and asyncio keep for a thread (running loop, hooks of generators, the name of the library) is changed with
each switch, because both live in one thread here.
"""

from __future__ import annotations

import asyncio
import contextvars
import sys
import traceback
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, cast, final

import sniffio
import trio

from simnet.errors import MachineError
from simnet.simulation.scene import Scene, scene_here

__all__ = ["Life", "in_greenlet", "is_inside", "wait_for"]

T = TypeVar("T")

MOST_REFUSALS: Final = 100
"""How often code that was cancelled may go on to wait, as under a bare `except:`, before it is left where it stands."""

_left_behind: Final[list[Life]] = []
"""Never collected: the greenlet module would raise GreenletExit in them, and they would go on."""


@final
class Life:
    """One piece of blocking code, from its first line to its last."""

    def __init__(self, scene: Scene, ident: int | None) -> None:
        """`ident`: what `threading.get_ident` says there; None: that of the real thread."""
        self.scene, self.ident = scene, ident
        self.outside: Any = None
        """The greenlet in which Trio runs."""
        self.waiting: Any = None
        """The greenlet that waits: the code may have greenlets of its own (SQLAlchemy has)."""
        self.around = _Surroundings()
        """What is kept for the thread, of the side that does not run."""
        self.shown: Callable[[], list[str]] = list
        """Stacks besides that of the greenlet: of the tasks of an event loop."""

    def stack(self) -> traceback.StackSummary:
        """Where it waits, innermost call last."""
        frame = None if self.waiting is None else self.waiting.gr_frame
        return traceback.StackSummary.from_list([] if frame is None else traceback.extract_stack(frame))


class _Surroundings:
    """What a thread has one of, though two libraries share it."""

    def __init__(self) -> None:
        self.loop: asyncio.AbstractEventLoop | None = None
        self.hooks: tuple[Any, Any] = (None, None)
        self.library: str | None = None

    def exchange(self) -> None:
        """Set what is kept here, and keep what was set."""
        loop, hooks, library = asyncio._get_running_loop(), sys.get_asyncgen_hooks(), sniffio.thread_local.name  # noqa: SLF001 - in asyncio.__all__
        asyncio._set_running_loop(self.loop)  # noqa: SLF001
        sys.set_asyncgen_hooks(*self.hooks)
        sniffio.thread_local.name = self.library
        self.loop, self.hooks, self.library = loop, (hooks.firstiter, hooks.finalizer), library


def is_inside() -> bool:
    """Whether the caller is blocking code of a simulation."""
    scene = scene_here()
    return scene is not None and scene.life is not None


def wait_for(function: Callable[..., Awaitable[T]], *args: Any) -> T:
    """From blocking code: let its task await `function(*args)`; return or raise what that does."""
    scene = scene_here()
    assert scene is not None, "a simulation runs in this thread"
    assert scene.life is not None, "and blocking code in it"
    life = scene.life
    life.waiting = _greenlets().getcurrent()
    return cast("T", life.outside.switch((function, args)))


async def in_greenlet(function: Callable[..., T], *args: Any, ident: int | None = None) -> T:
    """Run blocking code in the running simulation; return or raise what it does. Raises `MachineError` without greenlet."""
    greenlets, scene = _greenlets(), scene_here()
    assert scene is not None, "a simulation runs in this thread"
    results: list[T] = []
    failures: list[BaseException] = []

    def live() -> None:
        sniffio.current_async_library_cvar.set(None)
        try:
            results.append(function(*args))
        except greenlets.GreenletExit:
            raise
        except BaseException as error:  # noqa: BLE001 - it is raised in the task
            failures.append(error)

    life = Life(scene, ident)
    life.outside, life.waiting = greenlets.getcurrent(), greenlets.greenlet(live)
    life.waiting.gr_context = contextvars.copy_context()
    await _drive(life)
    if failures:
        raise failures[0]
    return results[0]


async def _drive(life: Life) -> None:
    """Switch into the greenlet and await what it asks for, until it has ended."""
    task, lives = trio.lowlevel.current_task(), life.scene.lives
    before, lives[task] = lives.get(task), life
    refused = 0
    try:
        wanted = _go_on(life, life.waiting.switch)
        while wanted is not None:
            function, args = wanted
            try:
                said = await function(*args)
            except BaseException as error:
                refused += isinstance(error, trio.Cancelled)
                if refused > MOST_REFUSALS:
                    _left_behind.append(life)
                    raise
                wanted = _go_on(life, life.waiting.throw, error)
            else:
                wanted = _go_on(life, life.waiting.switch, said)
    finally:
        lives.pop(task)
        if before is not None:
            lives[task] = before


def _go_on(life: Life, switch: Callable[..., Any], *args: Any) -> Any:
    """The greenlet's turn: returns what it wants to wait for, or None when it has ended."""
    outer, life.scene.life = life.scene.life, life
    life.around.exchange()
    try:
        found = switch(*args)
    finally:
        life.around.exchange()
        life.scene.life = outer
    return found if isinstance(found, tuple) and found else None


def _greenlets() -> Any:
    try:
        import greenlet  # noqa: PLC0415 - of the extra `virtual`; Trio's clients do without
    except ImportError:
        cure = "install it: pip install 'loopback-simnet[virtual]'"
        raise MachineError(f"blocking code and asyncio run in virtual time by means of greenlet; {cure}") from None
    return greenlet
