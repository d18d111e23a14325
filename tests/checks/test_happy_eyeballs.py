"""`happy_eyeballs`: the second address is tried while the first is silent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)

SAID: dict[str, Any] = {"first": "six", "second": "four"}


def test_a_quarter_of_a_second_later(story: Story, judge: Judge) -> None:
    """And the loser is given up."""
    told = story().silent(0, 0.3, service="six").answered(0.25, 0.3, service="four")
    assert judge("happy_eyeballs", told.trace(), **SAID) == []


def test_too_late_or_never_is_told(story: Story, judge: Judge) -> None:
    """Sequential fall-back waits for the timeout of the first."""
    sample = " (of 1 race, tolerance 20ms + 5%)"
    told = story().silent(0, 5, service="six").answered(5, 6, service="four")
    assert judge("happy_eyeballs", told.trace(), **SAID) == [f"four was tried 5 s after six, expected 100ms..2s{sample}"]
    assert judge("happy_eyeballs", story().silent(0, service="six").trace(), **SAID) == [
        f"six was tried at 0.000, and four never{sample}"
    ]


def test_a_loser_that_stays_open_is_told(story: Story, judge: Judge) -> None:
    """It connected late, and nobody closed it."""
    told = story().opened(0, service="six").answered(0.25, 0.3, service="four")
    assert judge("happy_eyeballs", told.trace(), **SAID) == [
        "four won, and attempt 1 at six (connection 1) was never closed (of 1 race, tolerance 20ms + 5%)"
    ]


@given(came=st.floats(0, 5), refused=st.booleans())
@quick
def test_told_exactly_if_out_of_the_span(story: Story, judge: Judge, *, came: float, refused: bool) -> None:
    """Sooner is right where the first has failed already."""
    told = story().refused(0, service="six") if refused else story().silent(0, 9, service="six")
    told.answered(came, 9, service="four")
    wrong = came > 2.12 or (came < 0.075 and not refused)
    if abs(came - 2.12) > 1e-6 and abs(came - 0.075) > 1e-6:
        assert bool(judge("happy_eyeballs", told.trace(), **SAID)) == wrong
