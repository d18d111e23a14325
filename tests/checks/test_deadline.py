"""`deadline`: a call ends in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_a_call_in_time(story: Story, judge: Judge) -> None:
    """Two seconds, and the tolerance."""
    assert judge("deadline", story().call(0, 2.1).refused(0).trace(), within="2s") == []


def test_a_late_call_is_told(story: Story, judge: Judge) -> None:
    """How long it took."""
    assert judge("deadline", story().call(0, 4.05).lost(0, 4, sent=10).trace(), within="1s") == [
        "call 'get /x': it took 4.05 s, expected at most 1 s (of 1 call, tolerance 20ms + 5%)"
    ]


def test_a_call_without_end_is_told(story: Story, judge: Judge) -> None:
    """How long it lasted at least."""
    assert judge("deadline", story().call(0).refused(0).trace(until=9), within="1s") == [
        "call 'get /x': it had not ended after 9 s, expected at most 1 s (of 1 call, tolerance 20ms + 5%)"
    ]


@given(within=st.integers(1, 10_000), took=st.floats(0, 12))
@quick
def test_told_exactly_if_it_was_late(story: Story, judge: Judge, within: int, took: float) -> None:
    """By more than 20 ms and 5 %."""
    most = within / 1000 * 1.05 + 0.02
    if abs(took - most) > 1e-6:
        assert bool(judge("deadline", story().call(0, took).trace(), within=f"{within}ms")) == (took > most)
