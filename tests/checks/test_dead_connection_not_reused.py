"""`dead_connection_not_reused`: no request behind one that is owed a reply."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_a_kept_connection(story: Story, judge: Judge) -> None:
    """Request after answer after request; a lost one ends it."""
    told = story().answered(0, 1).answered(2, 3, on=1).lost(4, 5, on=1).answered(6, 7)
    assert judge("dead_connection_not_reused", told.trace()) == []


def test_a_request_behind_an_unanswered_one_is_told(story: Story, judge: Judge) -> None:
    """Both are named, and the connection."""
    assert judge("dead_connection_not_reused", story().lost(0, None).answered(2, 3, on=1).trace()) == [
        "connection 1: request 2 was sent at 2.000, though request 1 was never answered (of 1 used connection)"
    ]


@given(before=st.integers(0, 4), after=st.integers(0, 4))
@quick
def test_told_once_for_each_reply_that_is_owed(story: Story, judge: Judge, before: int, after: int) -> None:
    """Wherever in the life of the connection it stands."""
    told = story().answered(0, 0.5)
    for at in range(1, before + 1):
        told.answered(at, at + 0.5, on=1)
    told.lost(before + 1, None, on=1)
    for at in range(before + 2, before + 2 + after):
        told.answered(at, at + 0.5, on=1)
    assert len(judge("dead_connection_not_reused", told.trace())) == min(after, 1)
