"""`minimum_gap`: no pause is too short."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_pauses_that_are_long_enough(story: Story, judge: Judge) -> None:
    """A pause may be short by the tolerance."""
    assert judge("minimum_gap", story().refused(0, 0.1, 0.18).trace(), at_least="100ms") == []


def test_a_short_pause_is_told(story: Story, judge: Judge) -> None:
    """Which one, how long it was, and all attempts."""
    assert judge("minimum_gap", story().refused(0, 0.1, 0.101).trace(), at_least="100ms") == [
        (
            "gap 2 was 1 ms; minimum_gap promises at least 100 ms; attempts at 0.000 0.100 0.101"
            " (of 2 gaps, tolerance 20ms + 5%)"
        )
    ]


def test_no_pause_says_nothing(story: Story, judge: Judge) -> None:
    """A client that tried once has shown nothing."""
    trace = story().refused(0).trace()
    assert judge("minimum_gap", trace, at_least="100ms") == ["? too few to judge: 0 of the 1 gap that it takes"]


@given(pauses=st.lists(st.floats(0.1, 5), min_size=1, max_size=6), which=st.integers(0, 5), cut=st.floats(0.026, 0.1))
@quick
def test_one_pause_cut_short_is_one_difference(
    story: Story, judge: Judge, pauses: list[float], which: int, cut: float
) -> None:
    """An ideal client passes; the same with one attempt (and all that follow) earlier than allowed does not."""
    which %= len(pauses)
    short = [0.1 - cut if at == which else pause for at, pause in enumerate(pauses)]
    for gaps, told in ((pauses, 0), (short, 1)):
        times = [sum(gaps[:at]) for at in range(len(gaps) + 1)]
        assert len(judge("minimum_gap", story().refused(*times).trace(), at_least="100ms")) == told
