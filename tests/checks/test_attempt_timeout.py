"""`attempt_timeout`: a stalled try is given up, and closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_given_up_in_time(story: Story, judge: Judge) -> None:
    """One second, seen by the service a little later."""
    told = story().lost(0, 1.2, by="client", how="FIN").answered(1.5, 1.6)
    assert judge("attempt_timeout", told.trace(), within="1s", at_least="1s") == []


def test_given_up_late_or_never_is_told(story: Story, judge: Judge) -> None:
    """An abandoned connection that stays open has not been given up."""
    told = story().lost(0, 3.25, by="client", how="FIN").lost(4, None)
    assert judge("attempt_timeout", told.trace(until=9), within="2s") == [
        "request 1 had no answer and was closed after 3 s, expected 2 s (of 2 stalled tries, tolerance 20ms + 5%)",
        "request 2 had no answer and was still open after 5 s, expected 2 s (of 2 stalled tries, tolerance 20ms + 5%)",
    ]


def test_given_up_too_early_is_told(story: Story, judge: Judge) -> None:
    """A timeout of 100 ms is none of two seconds."""
    trace = story().lost(0, 0.1, by="client", how="FIN").trace()
    assert judge("attempt_timeout", trace, within="2s", at_least="1s") == [
        "request 1 was given up after 100 ms, expected at least 1 s (of 1 stalled try, tolerance 20ms + 5%)"
    ]


@given(lasted=st.floats(0.5, 10), within=st.integers(100, 9000))
@quick
def test_told_exactly_if_it_was_surely_late(story: Story, judge: Judge, lasted: float, within: int) -> None:
    """The service notices up to 250 ms later that a client has left; that is in the client's favour."""
    most = within / 1000 * 1.05 + 0.02
    trace = story().lost(0, lasted, by="client", how="FIN").trace()
    if abs(lasted - 0.25 - most) > 1e-6:
        assert bool(judge("attempt_timeout", trace, within=f"{within}ms")) == (lasted - 0.25 > most)
