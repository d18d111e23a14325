"""`retry_after_honoured`: nobody comes before the time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_a_client_that_waits(story: Story, judge: Judge) -> None:
    """A second was asked for; it came after 1.1."""
    told = story().answered(0, 0.1, 503, retry_after=1).answered(1.2, 1.3)
    assert judge("retry_after_honoured", told.trace()) == []


def test_a_client_that_does_not(story: Story, judge: Judge) -> None:
    """What was asked, and when it came."""
    told = story().answered(0, 0.1, 429, retry_after=2).answered(0.4, 0.5)
    assert judge("retry_after_honoured", told.trace()) == [
        (
            "request 1 was answered with 429 and Retry-After: 2; request 2 came after 300 ms; attempts at 0.000 0.400"
            " (of 1 Retry-After, tolerance 20ms + 5%)"
        )
    ]


def test_beyond_its_limit_a_client_gives_up(story: Story, judge: Judge) -> None:
    """Even a try in time is one too many then."""
    told = story().answered(0, 0.1, 429, retry_after=60).answered(61, 62)
    assert judge("retry_after_honoured", told.trace(), limit="30s") == [
        (
            "request 1 was answered with 429 and Retry-After: 60, more than the client's limit of 30s; it must give up,"
            " and request 2 came (of 1 Retry-After, tolerance 20ms + 5%)"
        )
    ]


@given(wait=st.integers(0, 100), early=st.floats(0, 2))
@quick
def test_told_exactly_if_it_came_too_early(story: Story, judge: Judge, wait: int, early: float) -> None:
    """By more than the tolerance, 20 ms and 5 %."""
    came = max(0.0, wait - early)
    trace = story().answered(0, 1, 503, retry_after=wait).answered(1 + came, 2 + came).trace()
    slack = 0.02 + wait * 0.05
    if abs(wait - came - slack) > 1e-6:
        assert bool(judge("retry_after_honoured", trace)) == (wait - came > slack)
