"""`fail_over`: from one address to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)

SAID: dict[str, Any] = {"first": "a", "second": "b", "within": "1s"}


def test_to_the_next(story: Story, judge: Judge) -> None:
    """At once."""
    assert judge("fail_over", story().refused(0, service="a").answered(0.1, 0.2, service="b").trace(), **SAID) == []


def test_never_or_late_is_told(story: Story, judge: Judge) -> None:
    """What failed, how, and when the next was tried."""
    sample = " (of 1 failed call, tolerance 20ms + 5%)"
    assert judge("fail_over", story().refused(0, service="a").trace(), **SAID) == [
        f"a failed at 0.000 (refused), and b was never tried{sample}"
    ]
    assert judge("fail_over", story().refused(0, service="a").answered(3, 4, service="b").trace(), **SAID) == [
        f"b was tried 3 s after a had failed, expected 1 s{sample}"
    ]


def test_running_back_is_told(story: Story, judge: Judge) -> None:
    """If it is to stick."""
    told = story().refused(0, service="a").answered(0.1, 0.2, 503, service="b").answered(0.3, 0.4, service="b")
    told.answered(1, 2, service="a")
    assert judge("fail_over", told.trace(), **SAID) == []
    assert judge("fail_over", told.trace(), **SAID, sticks=True) == [
        "b had served, and a was tried again at 1.000 (of 1 failed call, tolerance 20ms + 5%)"
    ]


@given(tries=st.integers(1, 4), came=st.floats(0, 3))
@quick
def test_told_exactly_if_it_was_late(story: Story, judge: Judge, tries: int, came: float) -> None:
    """Measured from the last of the tries that the first address has."""
    told = story().refused(*range(tries), service="a").answered(tries - 1 + came, 99, service="b")
    if abs(came - 1.07) > 1e-6:
        assert bool(judge("fail_over", told.trace(), **SAID, tries=tries)) == (came > 1.07)
