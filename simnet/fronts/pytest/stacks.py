"""Where everybody is at this moment: the stack of each thread, and of each task that waits in an event loop.

Law: it only looks; what cannot be seen is left out. The test runner's own frames, and the network's thread, would hide
what the reader looks for. Event loops are found by the frames that run them, since nobody keeps a list.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import threading
import traceback
from collections.abc import Iterator
from types import FrameType
from typing import Any

__all__ = ["all_stacks"]

RUNNERS = ("_pytest", "pluggy", "pytest_trio", "pytest_asyncio", "xdist", "execnet", "simnet.fronts.pytest")
"""Modules that stand between the runner and the test."""

OURS = {"simnet", "simnet's watch"}
"""The names of our threads."""

MOST_TASKS = 20


def all_stacks(first: threading.Thread) -> str:
    """Every thread but ours, the one of the test first, and below it the tasks of its loop."""
    frames, known = sys._current_frames(), {thread.ident: thread for thread in threading.enumerate()}  # noqa: SLF001 - it has no other name
    idents = sorted((i for i in frames if i in known), key=lambda ident: (known[ident] is not first, ident))
    said = [_thread(known[i], frames[i]) for i in idents if known[i].name not in OURS]
    return "\n\n".join(said)


def _thread(thread: threading.Thread, frame: FrameType) -> str:
    stack = list(traceback.walk_stack(frame))[::-1]  # the outermost first
    text = _text(f"thread {thread.name}", _without_runner(stack))
    tasks = [task for outer, _ in stack for task in _tasks_run_by(outer)]
    rest = [f"... and {len(tasks) - MOST_TASKS} more tasks"] if len(tasks) > MOST_TASKS else []
    return "\n".join([text, *tasks[:MOST_TASKS], *rest])


def _without_runner(stack: list[tuple[FrameType, int]]) -> list[tuple[FrameType, int]]:
    last = max((at for at, (frame, _) in enumerate(stack) if _is_runner(frame)), default=-1)
    return stack[last + 1 :] or stack


def _is_runner(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__", "")).startswith(RUNNERS)


def _text(title: str, stack: list[tuple[FrameType, int]]) -> str:
    lines = traceback.StackSummary.extract(iter(stack)).format()
    return f"{title}:\n{''.join(lines).rstrip()}"


def _tasks_run_by(frame: FrameType) -> Iterator[str]:
    """The tasks of the loop that this frame runs, if it runs one."""
    with contextlib.suppress(Exception):  # looking at a loop that is running: it may change under our eyes
        here = frame.f_locals
        if frame.f_code.co_name == "run_forever" and isinstance(loop := here.get("self"), asyncio.AbstractEventLoop):
            for task in asyncio.all_tasks(loop):
                yield _text(f"task {task.get_name()}", list(_awaiting(task.get_coro())))
        elif frame.f_globals.get("__name__") == "trio._core._run" and "runner" in here:
            for each in _trio_tasks(here["runner"].main_task):
                yield _text(f"task {each.name}", _without_runner(list(each.iter_await_frames())))


def _awaiting(coroutine: Any) -> Iterator[tuple[FrameType, int]]:
    """The frames of a coroutine that is suspended, and of those that it awaits (`Task.get_stack` has the outermost only)."""
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is not None:
            yield frame, frame.f_lineno
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)


def _trio_tasks(task: Any) -> Iterator[Any]:
    if task is None:
        return
    yield task
    for nursery in task.child_nurseries:
        for child in nursery.child_tasks:
            yield from _trio_tasks(child)
