"""`independence`: a crowd that does not come back in step, and how seldom the check errs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def _crowd(story: Story, gaps: list[float]) -> Any:
    told = story()
    for number, gap in enumerate(gaps):
        told.call(0, 9)
        told.refused(number / 1000, gap, call=f"call-{number + 1}")
    return told.trace()


def test_a_crowd_that_disperses(story: Story, judge: Judge) -> None:
    """Twenty clients, spread over 400 ms."""
    assert judge("independence", _crowd(story, [0.1 + number / 50 for number in range(20)])) == []


def test_a_crowd_in_step_is_told(story: Story, judge: Judge) -> None:
    """How many came together, of how many, and when."""
    assert judge("independence", _crowd(story, [0.2 + number / 1000 for number in range(20)])) == [
        (
            "20 of 20 clients made try 2 within 50ms (from 0.200 on), expected at most 60%"
            " (of 20 clients, window 50ms, false alarms below 0.1 % for pauses spread over five windows)"
        )
    ]


@given(count=st.integers(0, 19))
@quick
def test_a_small_crowd_is_not_judged(story: Story, judge: Judge, count: int) -> None:
    """Neither for nor against."""
    (said,) = judge("independence", _crowd(story, [0.2] * count))
    assert said == f"? too few to judge: {count} of the 20 clients that it takes"


def test_it_errs_as_seldom_as_is_said(story: Story, judge: Judge) -> None:
    """Of 200 crowds spread evenly over 250 ms at most one is told of; of 40 spread over 50 ms all."""
    draw = random.Random(3)
    runs = ([draw.uniform(0.1, 0.35) for _ in range(20)] for _ in range(200))
    assert sum(bool(judge("independence", _crowd(story, gaps))) for gaps in runs) <= 1
    runs = ([draw.uniform(0.1, 0.15) for _ in range(20)] for _ in range(40))
    assert sum(bool(judge("independence", _crowd(story, gaps))) for gaps in runs) == 40
