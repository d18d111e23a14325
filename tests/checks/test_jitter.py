"""`jitter`: pauses of chance, and how seldom the check errs."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def _calls(story: Story, gaps: list[float]) -> Any:
    told = story()
    for number, gap in enumerate(gaps):
        told.call(number * 10, number * 10 + 9).refused(number * 10, number * 10 + gap)
    return told.trace()


def test_pauses_that_differ(story: Story, judge: Judge) -> None:
    """Twenty calls, each with another pause."""
    assert judge("jitter", _calls(story, [0.1 + number / 100 for number in range(20)])) == []


def test_equal_pauses_are_told(story: Story, judge: Judge) -> None:
    """The deviation is said, the sample, and how often the check errs."""
    assert judge("jitter", _calls(story, [0.2] * 20)) == [
        (
            "the pauses differ by 0.0% of their mean (standard deviation), expected at least 5%"
            " (of 20 gaps, false alarms below 0.1 % for a jitter of +-20 % or more)"
        )
    ]


def test_two_values_are_no_jitter(story: Story, judge: Judge) -> None:
    """Pauses may differ much and still be mostly the same."""
    assert judge("jitter", _calls(story, [0.2] * 14 + [0.4] * 6)) == [
        (
            "70% of the pauses are alike to within 5%, expected at most 50%"
            " (of 20 gaps, false alarms below 0.1 % for a jitter of +-20 % or more)"
        )
    ]


def test_noise_is_no_jitter(story: Story, judge: Judge) -> None:
    """A loop without a pause has pauses of chance, of a millisecond or two: they are not judged."""
    said = judge("jitter", _calls(story, [number / 10_000 for number in range(1, 21)]))
    assert said == ["? too few to judge: 0 of the 20 gaps that it takes"]


@given(count=st.integers(0, 19), gap=st.floats(0.03, 2))
@quick
def test_a_small_sample_is_not_judged(story: Story, judge: Judge, count: int, gap: float) -> None:
    """Neither for nor against."""
    (said,) = judge("jitter", _calls(story, [gap] * count))
    seen = count if count > 1 else 0
    assert said == f"? too few to judge: {seen} of the 20 gaps that it takes"


@given(gap=st.floats(0.03, 5), count=st.integers(20, 40))
@quick
def test_a_client_without_jitter_is_always_found(story: Story, judge: Judge, gap: float, count: int) -> None:
    """Whatever its pause."""
    assert len(judge("jitter", _calls(story, [gap] * count))) == 1


def test_it_errs_as_seldom_as_is_said(story: Story, judge: Judge) -> None:
    """Of 60 runs each with full jitter, with equal jitter and with +-20 % none is told of."""
    draw = random.Random(5)
    for low, high in ((0.0, 1.0), (0.5, 1.0), (0.8, 1.2)):
        runs = ([draw.uniform(low, high) for _ in range(20)] for _ in range(60))
        assert sum(bool(judge("jitter", _calls(story, gaps))) for gaps in runs) == 0
