"""`retries_transient_failures`: neither gives up early, nor fails with an answer in hand."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_it_goes_on_until_it_works(story: Story, judge: Judge) -> None:
    """Refused, 503, then served."""
    told = story().call(0, 1).refused(0).answered(0.2, 0.3, 503).answered(0.5, 0.6)
    assert judge("retries_transient_failures", told.trace(), tries=3) == []


def test_giving_up_early_is_told(story: Story, judge: Judge) -> None:
    """With the tries that were left."""
    told = story().call(0, 1, "Error").answered(0, 0.1, 503).answered(0.3, 0.4, 503)
    assert judge("retries_transient_failures", told.trace(), tries=3) == [
        "call 'get /x': it gave up after 2 of 3 tries, though request 2 (503) failed in a way that may pass (of 1 call)"
    ]


def test_failing_with_an_answer_in_hand_is_told(story: Story, judge: Judge) -> None:
    """The exception is named."""
    told = story().call(0, 1, "TimeoutError").answered(0, 0.1)
    assert judge("retries_transient_failures", told.trace(), tries=3) == [
        "call 'get /x': request 1 was answered with 200, and the call failed all the same: TimeoutError (of 1 call)"
    ]


@given(failures=st.integers(1, 5), tries=st.integers(2, 5), works=st.booleans(), status=st.sampled_from([429, 503, 404]))
@quick
def test_told_if_and_only_if_tries_were_left(
    story: Story, judge: Judge, *, failures: int, tries: int, works: bool, status: int
) -> None:
    """A call that ends after so many transient failures, or with an answer, has done its part."""
    told = story().call(0, 99, "ok" if works else "Error")
    for at in range(failures):
        told.answered(at, at + 0.5, status)
    if works:
        told.answered(failures, failures + 0.5)
    wrong = not works and failures < tries and status != 404
    assert bool(judge("retries_transient_failures", told.trace(), tries=tries)) == wrong
