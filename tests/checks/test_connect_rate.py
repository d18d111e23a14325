"""`connect_rate`: no storm of dials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_two_in_a_second(story: Story, judge: Judge) -> None:
    """The end of the stretch does not belong to it."""
    assert judge("connect_rate", story().refused(0, 0.5, 1, 1.5).trace(), at_most=2) == []


def test_a_hot_loop_is_told(story: Story, judge: Judge) -> None:
    """How many, and from when on."""
    trace = story().refused(0, *(5 + at / 100 for at in range(12))).trace()
    assert judge("connect_rate", trace, at_most=10) == [
        "there were 12 attempts within 1s from 5.000 on, expected at most 10 (of 13 attempts)"
    ]


@given(times=st.lists(st.integers(0, 400), max_size=20), most=st.integers(1, 5), per=st.integers(1, 200))
@quick
def test_told_exactly_if_some_window_is_too_full(
    story: Story, judge: Judge, times: list[int], most: int, per: int
) -> None:
    """As counted from every attempt on."""
    trace = story().refused(*(t / 1000 for t in times)).trace()
    fullest = max((sum(t <= u < t + per for u in times) for t in times), default=0)
    if all(abs(u - t) != per for t in times for u in times):
        assert bool(judge("connect_rate", trace, at_most=most, per=f"{per}ms")) == (fullest > most)
