"""`no_retry_of_definitive_errors`: 404 stays 404."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_a_503_may_be_tried_again(story: Story, judge: Judge) -> None:
    """And a 404 at the end is no harm."""
    told = story().answered(0, 0.1, 503).answered(0.2, 0.3, 404)
    assert judge("no_retry_of_definitive_errors", told.trace()) == []


def test_a_404_may_not(story: Story, judge: Judge) -> None:
    """The status and the try that followed are named."""
    told = story().answered(0, 0.1, 404).answered(0.2, 0.3, 404)
    assert judge("no_retry_of_definitive_errors", told.trace()) == [
        "request 1 was answered with 404, which is definitive; request 2 followed (of 1 call)"
    ]


@given(status=st.integers(400, 599), named=st.integers(400, 599))
@quick
def test_the_statuses_are_the_callers(story: Story, judge: Judge, status: int, named: int) -> None:
    """Told exactly if the status is among those named."""
    trace = story().answered(0, 0.1, status).answered(0.2, 0.3, 503).trace()
    assert bool(judge("no_retry_of_definitive_errors", trace, statuses=named)) == (status == named)
