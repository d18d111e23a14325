"""`idempotency_key_stable`: one key for each call, and for no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_one_key_for_each_call(story: Story, judge: Judge) -> None:
    """Two calls, two keys, however many tries."""
    told = story().call(0, 1).lost(0, 0.1, key="a").answered(0.5, 0.6, key="a").call(2, 3).answered(2, 3, key="b")
    assert judge("idempotency_key_stable", told.trace()) == []


def test_a_new_key_for_each_try_is_told(story: Story, judge: Judge) -> None:
    """All of them are named."""
    told = story().call(0, 1).lost(0, 0.1, key="a").answered(0.5, 0.6, key="b").answered(0.7, 0.8)
    assert judge("idempotency_key_stable", told.trace()) == [
        "call 'get /x': its 3 requests carried different keys: 'a', 'b', none (of 2 keyed requests)"
    ]


def test_a_key_of_two_calls_is_told(story: Story, judge: Judge) -> None:
    """The server would take the second for a repetition of the first."""
    told = story().call(0, 1, name="pay 5").answered(0, 1, key="a", call="call-1")
    told.call(2, 3, name="pay 7").answered(2, 3, key="a", call="call-2")
    assert judge("idempotency_key_stable", told.trace()) == [
        "calls 'pay 5' and 'pay 7' carry the same key 'a' (of 2 keyed requests)"
    ]


def test_a_key_that_changes_is_told_without_marked_calls(story: Story, judge: Judge) -> None:
    """A failed request that comes again under another key is the same call."""
    told = story().lost(0, 0.1, method="POST", body="5", key="a").answered(0.5, 0.6, method="POST", body="5", key="b")
    assert judge("idempotency_key_stable", told.trace()) == [
        "request 2 repeats request 1, which failed, under another key: 'a' became 'b' (of 2 keyed requests)"
    ]


@given(tries=st.integers(2, 6), which=st.integers(0, 5), key=st.text("abc", min_size=1, max_size=3))
@quick
def test_one_try_with_another_key_is_told(story: Story, judge: Judge, tries: int, which: int, key: str) -> None:
    """Whichever it is; and none without it."""
    for keys, count in (([key] * tries, 0), ([key] * (which % tries) + ["other"] + [key] * tries, 1)):
        told = story().call(0, 99)
        for at, each in enumerate(keys):
            told.lost(at, at + 0.1, key=each)
        assert len(judge("idempotency_key_stable", told.trace())) == count
