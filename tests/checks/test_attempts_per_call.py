"""`attempts_per_call`: a difference exactly where a call took too many or too few tries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_three_tries_are_three(story: Story, judge: Judge) -> None:
    """Two calls of three tries each hold."""
    told = story().call(0, 1).refused(0, 0.2).answered(0.5, 0.6).call(2, 3).refused(2, 2.2).answered(2.5, 2.6)
    assert judge("attempts_per_call", told.trace(), exactly=3) == []


def test_a_fourth_is_told(story: Story, judge: Judge) -> None:
    """The call is named, with its tries."""
    told = story().call(0, 1).refused(0, 0.2, 0.4, 0.6).call(2, 3).refused(2, 2.2)
    assert judge("attempts_per_call", told.trace(), at_most=3) == [
        "call 'get /x' took 4 tries, expected at most 3 (of 2 calls)"
    ]


def test_no_call_says_nothing(story: Story, judge: Judge) -> None:
    """Where nobody tried, the claim has not been shown."""
    assert judge("attempts_per_call", story().trace(), at_most=3) == ["? too few to judge: no call made a try"]


@given(counts=st.lists(st.integers(1, 6), min_size=1, max_size=4), most=st.integers(1, 6))
@quick
def test_one_difference_for_each_call_out_of_bounds(story: Story, judge: Judge, counts: list[int], most: int) -> None:
    """Whatever the other calls do."""
    told = story()
    for number, count in enumerate(counts):
        told.call(number, number + 0.9).refused(*(number + at / 10 for at in range(count)))
    assert len(judge("attempts_per_call", told.trace(), at_most=most)) == sum(count > most for count in counts)
