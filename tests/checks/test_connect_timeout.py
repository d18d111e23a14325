"""`connect_timeout`: an unanswered connect is given up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_given_up_in_time(story: Story, judge: Judge) -> None:
    """One second; refusals are none of it."""
    assert judge("connect_timeout", story().silent(0, 1).refused(2).trace(), within="1s") == []


def test_given_up_late_or_never_is_told(story: Story, judge: Judge) -> None:
    """With what it took, or lasted at least."""
    assert judge("connect_timeout", story().silent(0, 3).silent(4).trace(until=9), within="2s") == [
        "attempt 1 was given up after 3 s, expected at most 2 s (of 2 unanswered connects, tolerance 20ms + 5%)",
        "attempt 2 still waited after 5 s, expected at most 2 s (of 2 unanswered connects, tolerance 20ms + 5%)",
    ]


@given(lasted=st.floats(0, 10), within=st.integers(100, 9000))
@quick
def test_told_exactly_if_it_was_late(story: Story, judge: Judge, lasted: float, within: int) -> None:
    """By more than 20 ms and 5 %."""
    most = within / 1000 * 1.05 + 0.02
    if abs(lasted - most) > 1e-6:
        trace = story().silent(0, lasted).trace()
        assert bool(judge("connect_timeout", trace, within=f"{within}ms")) == (lasted > most)
