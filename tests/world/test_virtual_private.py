"""The private names of Trio and of the standard library stand in one file, which says so when one has moved."""

from __future__ import annotations

import asyncio
import queue
import re
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import trio

import simnet
from simnet.errors import MachineError
from simnet.world.virtual import private

ROOM = Path(simnet.__file__).parent

TAKEN = re.compile(r"\b(?:trio|threading|queue|asyncio|hypothesis|anyio|greenlet)\.(?:\w+\.)*_(?!_)\w+")
DECLARED = {"asyncio._get_running_loop", "asyncio._set_running_loop"}
"""In `asyncio.__all__`, for libraries like this one."""

NEVER_STARTED = threading.Thread()


def test_private_names_stand_in_one_file() -> None:
    """Nobody else in the house writes one."""
    found = {
        (path.relative_to(ROOM).as_posix(), name)
        for path in ROOM.rglob("*.py")
        for name in TAKEN.findall(re.sub(r'"[^"\n]*"|`[^`\n]*`|#.*', "", path.read_text("utf-8")))
        if name not in DECLARED
    }
    assert {place for place, _ in found} <= {"world/virtual/private.py"}


def order() -> None:
    """A schedule that can be repeated."""
    with private.in_fixed_order(1):
        pytest.fail("it was found")


@pytest.mark.parametrize(
    ("owner", "name", "use", "cure"),
    [
        (trio._core._run, "_ALLOW_DETERMINISTIC_SCHEDULING", order, "version of trio"),
        (trio._core._run, "_r", order, "version of trio"),
        (threading, "_PyRLock", private.python_rlock, "version of Python"),
        (threading, "_active", lambda: private.thread_began(NEVER_STARTED, 1), "version of Python"),
        (queue, "_PySimpleQueue", private.python_simple_queue, "version of Python"),
        (asyncio.SelectorEventLoop, "_write_to_self", private.LoopWithoutPipe, "version of Python"),
    ],
)
def test_a_name_that_has_moved_is_named(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, use: Callable[[], object], cure: str
) -> None:
    """The error says which is missing, and which versions have it."""
    for holder in owner.__mro__ if isinstance(owner, type) else [owner]:
        if name in vars(holder):
            monkeypatch.delattr(holder, name)
    with pytest.raises(MachineError, match=rf"{name}.*{cure}"):
        use()
