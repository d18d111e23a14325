"""Who listens to a thing is told in order, and nothing is left of those who have gone."""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable
from random import Random
from types import FrameType
from typing import Any, TypeAlias

from hypothesis import given
from hypothesis import strategies as st

from simnet.world.listeners import Listeners

TraceFunction: TypeAlias = Callable[[FrameType, str, Any], Any]


@given(st.lists(st.tuples(st.integers(1, 3), st.integers()), unique=True), st.randoms())
def test_each_listens_until_it_leaves(come: list[tuple[int, int]], random: Random) -> None:
    """Whoever leaves first, the others are told in the order in which they came; at the end the table is empty."""
    listeners, blocks = Listeners[int, int](), dict[tuple[int, int], contextlib.AbstractContextManager[None]]()
    for thing, listener in come:
        blocks[thing, listener] = listeners.listening(thing, listener)
        blocks[thing, listener].__enter__()
    for gone in random.sample(come, len(come)):
        blocks.pop(gone).__exit__(None, None, None)
        for thing in (1, 2, 3):
            left = tuple(listener for at, listener in blocks if at == thing)
            assert listeners.of(thing) == left
            assert (thing in listeners) == bool(left)
    assert not listeners


def test_who_stays_is_found_while_another_leaves() -> None:
    """Between any two lines of another's coming and going, a thread that reads finds whoever is there all the time."""
    listeners, found = Listeners[str, str](), list[bool]()

    def look(_frame: FrameType, _event: str, _argument: object) -> TraceFunction:
        found.append("stays" in listeners.of("here"))
        return look

    before = sys.gettrace()
    with listeners.listening("here", "stays"):
        sys.settrace(look)
        try:
            with listeners.listening("here", "leaves"):
                pass
        finally:
            sys.settrace(before)
    assert len(found) > 10
    assert all(found)


def test_a_forked_child_does_not_wait_for_a_lock_of_its_parent() -> None:
    """Once cleared, the table serves anew, though a thread that is not in the child holds the lock of the old one."""
    listeners, held, let_go = Listeners[str, object](), threading.Event(), threading.Event()

    class Slow:
        """Its thread holds the lock for as long as it is compared."""

        def __ne__(self, other: object) -> bool:
            held.set()
            return not let_go.wait(30)

    def come_and_go() -> None:
        with listeners.listening("here", Slow()):
            pass

    thread = threading.Thread(target=come_and_go)
    thread.start()
    assert held.wait(30)
    try:
        listeners.clear()
        new = listeners.listening("here", "new")
        child = threading.Thread(target=new.__enter__, daemon=True)
        child.start()
        child.join(10)
        assert listeners.of("here") == ("new",)
    finally:
        let_go.set()
        thread.join()
