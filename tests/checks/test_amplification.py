"""`amplification`: calls do not multiply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_one_and_a_half_each(story: Story, judge: Judge) -> None:
    """Two calls, three tries."""
    told = story().call(0, 1).refused(0, 0.5).call(2, 3).answered(2, 3)
    assert judge("amplification", told.trace(), at_most=1.5) == []


def test_nested_retries_are_told(story: Story, judge: Judge) -> None:
    """Three times three is nine."""
    told = story().call(0, 9).refused(*range(9))
    assert judge("amplification", told.trace(), at_most=3) == [
        "9 tries for 1 call are 9.00 each, expected at most 3 (of 1 call)"
    ]


@given(counts=st.lists(st.integers(1, 5), min_size=1, max_size=6), most=st.integers(1, 5))
@quick
def test_told_exactly_if_the_mean_is_above(story: Story, judge: Judge, counts: list[int], most: int) -> None:
    """Over all marked calls."""
    told = story()
    for number, count in enumerate(counts):
        told.call(number, number + 0.9).refused(*(number + at / 10 for at in range(count)))
    assert bool(judge("amplification", told.trace(), at_most=most)) == (sum(counts) > most * len(counts))
