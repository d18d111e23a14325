"""Who listens to a thing is told in order, and nothing is left of those who have gone."""

from __future__ import annotations

import contextlib
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from simnet.world.listeners import Listeners


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
