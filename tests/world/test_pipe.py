"""The long pipe: order is kept, each piece leaves at its time, and who hands in too much waits."""

from __future__ import annotations

from functools import partial

import trio
import trio.testing
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.world.pipe import HOLDS, Pipe


async def note(left: list[tuple[int, float]], number: int) -> None:
    """Let piece `number` leave."""
    left.append((number, trio.current_time()))


@settings(max_examples=50, deadline=None)
@given(waits=st.lists(st.floats(0, 10), max_size=20))
def test_pieces_leave_in_order_and_never_before_their_time(waits: list[float]) -> None:
    """However the times lie, pieces leave in the order in which they came, each at its time or when the one before has."""

    async def send_all() -> list[tuple[int, float]]:
        left: list[tuple[int, float]] = []
        pipe, start = Pipe(), trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pipe.run)
            for number, wait in enumerate(waits):
                await pipe.put(start + wait, partial(note, left, number))
            await pipe.drained()
            nursery.cancel_scope.cancel()
        return [(number, at - start) for number, at in left]

    left = trio.run(send_all, clock=trio.testing.MockClock(autojump_threshold=0))
    assert [number for number, _ in left] == list(range(len(waits)))
    for number, at in left:
        assert abs(at - max(waits[: number + 1])) < 1e-6


def test_who_hands_in_too_much_waits_until_something_has_left() -> None:
    """A full pipe takes the next piece only when the first has left."""

    async def overfill() -> float:
        left: list[tuple[int, float]] = []
        pipe, start = Pipe(), trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(pipe.run)
            for number in range(HOLDS + 1):
                await pipe.put(start + 3, partial(note, left, number))
            taken = trio.current_time() - start
            nursery.cancel_scope.cancel()
        return taken

    assert trio.run(overfill, clock=trio.testing.MockClock(autojump_threshold=0)) >= 3
