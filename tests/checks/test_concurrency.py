"""`concurrency`: limits that hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_one_after_the_other(story: Story, judge: Judge) -> None:
    """What ends as another begins does not overlap it."""
    told = story().answered(0, 1, closed=1).answered(1, 2, closed=2)
    assert judge("concurrency", told.trace(), tries=1, connections=1) == []


def test_two_at_a_time_are_told(story: Story, judge: Judge) -> None:
    """How many, and when."""
    told = story().answered(0, 1, closed=3).answered(0.5, 2).answered(2.5, 2.6)
    assert judge("concurrency", told.trace(), tries=1, connections=2) == [
        "2 tries were under way at 0.500, expected at most 1 (of 3 tries)",
        "3 connections were open at 2.500, expected at most 2 (of 3 tries)",
    ]


@given(stretches=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 9)), max_size=8), most=st.integers(1, 4))
@quick
def test_told_exactly_if_more_overlap(story: Story, judge: Judge, stretches: list[tuple[int, int]], most: int) -> None:
    """As counted at every moment."""
    told = story()
    for began, length in stretches:
        told.answered(began, began + length)
    highest = max((sum(b <= t < b + n for b, n in stretches) for t in range(30)), default=0)
    assert bool(judge("concurrency", told.trace(), tries=most)) == (highest > most)
