"""The private names of Trio and of the standard library that a repeatable run takes, all of them.

Law: nowhere else in the house is a name of theirs used that begins with an underscore. Where one has moved, the error says
which and what to do; the versions are tried by `tests/campaigns/versions.py`.

Trio decides by chance in which order it runs tasks that are ready (`_r`, trio/_core/_run.py), and before that the order
is the one of a set, by address; `_ALLOW_DETERMINISTIC_SCHEDULING` sorts them. Hypothesis sets the same flag.
"""

from __future__ import annotations

import asyncio
import contextlib
import platform
import random
import threading
from collections.abc import Iterator
from importlib import import_module
from typing import Any, Self

import trio

from simnet.errors import MachineError

__all__ = [
    "LoopWithoutPipe", "deadline_of", "in_fixed_order", "python_rlock", "python_simple_queue", "thread_began", "thread_ended",
]  # fmt: skip

RUN = "trio._core._run"
CURE = "install a version of trio that simnet was tried with (0.29 to 0.35), or a newer simnet"

OTHER_PYTHON = "use a version of Python that simnet was tried with (3.11 to 3.13), or a newer simnet"


def _private(module: str, name: str) -> Any:
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError):
        whose = f"trio {trio.__version__}" if module.startswith("trio") else f"Python {platform.python_version()}"
        missing = f"a run in virtual time needs {module}.{name}, which is not in {whose}"
        raise MachineError(f"{missing}; {CURE if module.startswith('trio') else OTHER_PYTHON}") from None


@contextlib.contextmanager
def in_fixed_order(seed: int, order: int | None = None) -> Iterator[None]:
    """Runs of Trio that begin in this block schedule their tasks as the seed says; the state before comes back after it.

    `order`: the seed of the schedule alone, if it is another than that of `random`.

    Raises `MachineError` if the private names are not where they were.
    """
    module = import_module(RUN)
    allowed, draw = _private(RUN, "_ALLOW_DETERMINISTIC_SCHEDULING"), _private(RUN, "_r")
    before: object = draw.getstate()
    shared = random.getstate()
    module._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[attr-defined]  # noqa: SLF001 - see above
    draw.seed(seed if order is None else order)
    random.seed(seed)
    try:
        yield
    finally:
        module._ALLOW_DETERMINISTIC_SCHEDULING = allowed  # type: ignore[attr-defined]  # noqa: SLF001
        draw.setstate(before)
        random.setstate(shared)


def deadline_of(task: trio.lowlevel.Task) -> float:
    """The moment at which the first of the cancel scopes around `task` ends, by Trio's clock; infinity if none does.

    Raises `MachineError` if the private name is not where it was.
    """
    status = getattr(task, "_cancel_status", None)
    if status is None:
        raise MachineError(f"trio {trio.__version__} keeps the deadlines of a task elsewhere; {CURE}")
    return float(status.effective_deadline())


def python_rlock() -> Any:
    """A `threading.RLock` written in Python: it waits by a lock that can be replaced. Raises `MachineError`."""
    return _private("threading", "_PyRLock")()


def python_simple_queue() -> Any:
    """A `queue.SimpleQueue` written in Python, likewise. Raises `MachineError`."""
    return _private("queue", "_PySimpleQueue")()


def thread_began(thread: threading.Thread, ident: int) -> None:
    """Make of a thread that was not started one that runs, for `current_thread` and `enumerate`. Raises `MachineError`."""
    active = _private("threading", "_active")
    state: Any = thread
    state._started.set()  # noqa: SLF001 - see above
    state._ident = ident  # noqa: SLF001
    if hasattr(state, "_handle"):  # from Python 3.13 a thread that was not started has one that cannot be done
        state._handle = _private("threading", "_make_thread_handle")(ident)  # noqa: SLF001
    active[ident] = thread


def thread_ended(thread: threading.Thread, ident: int) -> None:
    """Make it one that has ended."""
    _private("threading", "_active").pop(ident, None)
    state: Any = thread
    if hasattr(state, "_handle"):
        state._handle._set_done()  # noqa: SLF001 - from Python 3.13
    else:
        state._is_stopped = True  # noqa: SLF001 - until 3.12


class LoopWithoutPipe(asyncio.SelectorEventLoop):
    """A loop that other threads wake by `wake`, and not by a byte in a real pipe. Raises `MachineError`."""

    def __new__(cls, *_: Any, **__: Any) -> Self:
        """Before there is a loop that would have to be closed."""
        for name in ("_make_self_pipe", "_close_self_pipe", "_write_to_self"):
            if not hasattr(asyncio.SelectorEventLoop, name):
                raise MachineError(f"asyncio of Python {platform.python_version()} has no {name}; {OTHER_PYTHON}")
        return super().__new__(cls)

    def wake(self) -> None:
        """Work has come for the loop while it may wait in `select`."""
        raise NotImplementedError

    def _make_self_pipe(self) -> None: ...

    def _close_self_pipe(self) -> None: ...

    def _write_to_self(self) -> None:
        self.wake()
