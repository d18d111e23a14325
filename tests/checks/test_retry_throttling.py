"""`retry_throttling`: no retry while too much has failed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def _client(story: Story, calls: int, tries: int, *, throttles: bool) -> Any:
    told, tokens = story(), 10.0
    for number in range(calls):
        told.call(number, number + 0.9)
        for at in range(tries):
            if at and throttles and tokens <= 5:
                break
            told.answered(number + at / 10, number + at / 10 + 0.05, 503)
            tokens -= 1
    return told.trace()


def test_a_client_that_stops_retrying(story: Story, judge: Judge) -> None:
    """When half of its tokens are gone, each call is tried once."""
    assert judge("retry_throttling", _client(story, 8, 3, throttles=True)) == []


def test_a_client_that_does_not_is_told(story: Story, judge: Judge) -> None:
    """At the first retry that it should not have made."""
    assert judge("retry_throttling", _client(story, 8, 3, throttles=False)) == [
        "request 6 is a retry with 5.0 of 10 tokens left; above 5 it may retry (of 24 tries)"
    ]


@given(calls=st.integers(1, 12), tries=st.integers(1, 5))
@quick
def test_an_ideal_client_passes(story: Story, judge: Judge, calls: int, tries: int) -> None:
    """And one that never stops is told, if it had something to stop."""
    assert judge("retry_throttling", _client(story, calls, tries, throttles=True)) == []
    same = _client(story, calls, tries, throttles=True) == _client(story, calls, tries, throttles=False)
    assert bool(judge("retry_throttling", _client(story, calls, tries, throttles=False))) != same
