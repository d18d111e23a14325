"""`identical_replay`: a retry sends the same again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_the_same_again(story: Story, judge: Judge) -> None:
    """What follows a success is no retry and may differ."""
    told = story().call(0, 1).lost(0, 0.1, method="POST", body="5").answered(0.5, 0.6, method="POST", body="5")
    assert judge("identical_replay", told.answered(0.7, 0.8, target="/receipt").trace()) == []


def test_another_body_is_told(story: Story, judge: Judge) -> None:
    """Its length and the beginning of its digest, before and after."""
    told = story().call(0, 1).lost(0, 0.1, method="POST", body="5").answered(0.5, 0.6, method="POST")
    assert judge("identical_replay", told.trace()) == [
        "call 'get /x': request 2 repeats request 1 with another body: 1 B (ef2d127d) became none (of 1 retry)"
    ]


def test_a_stream_at_its_end_is_told_without_marked_calls(story: Story, judge: Judge) -> None:
    """An empty body behind a failed request that had one."""
    told = story().lost(0, 0.1, method="PUT", body="12345").answered(0.5, 0.6, method="PUT")
    assert judge("identical_replay", told.trace()) == [
        "request 2 repeats request 1, which failed, without its body of 5 B (of 0 retries)"
    ]


@given(tries=st.integers(1, 5), what=st.sampled_from(["method", "target", "body"]))
@quick
def test_whatever_differs_is_told(story: Story, judge: Judge, tries: int, what: str) -> None:
    """A client that repeats itself passes; one that changes one thing in its last try does not."""
    same = {"method": "PUT", "target": "/x", "body": "b"}
    told, other = story().call(0, 99), story().call(0, 99)
    for at in range(tries):
        told.lost(at, at + 0.1, **same)
        other.lost(at, at + 0.1, **same)
    assert judge("identical_replay", told.answered(50, 51, **same).trace()) == []
    (said,) = judge("identical_replay", other.answered(50, 51, **{**same, what: "/other"}).trace())
    assert f"another {what}" in said
