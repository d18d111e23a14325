"""`retry_budget`: retries are few."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def _calls(story: Story, tries: list[int]) -> Any:
    told = story()
    for number, count in enumerate(tries):
        told.call(number / 10, number / 10 + 0.09)
        told.refused(*(number / 10 + at / 1000 for at in range(count)))
    return told.trace()


def test_few_retries(story: Story, judge: Judge) -> None:
    """Three are let pass besides."""
    assert judge("retry_budget", _calls(story, [1, 1, 4, 1])) == []


def test_too_many_are_told(story: Story, judge: Judge) -> None:
    """As soon as there are."""
    assert judge("retry_budget", _calls(story, [1, 3, 3, 3])) == [
        "4 retries beside 3 first tries within 10s up to 0.202, expected at most 3 + 10% of the first tries (of 10 tries)"
    ]


@given(tries=st.lists(st.integers(1, 4), min_size=1, max_size=12), burst=st.integers(0, 5))
@quick
def test_a_run_within_one_window(story: Story, judge: Judge, tries: list[int], burst: int) -> None:
    """Without retries there is nothing to tell; with more than the whole run allows there is."""
    assert judge("retry_budget", _calls(story, [1] * len(tries)), burst=burst) == []
    if sum(tries) - len(tries) > burst + 0.1 * len(tries):
        assert len(judge("retry_budget", _calls(story, tries), burst=burst)) == 1
