"""`settles`: every call ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_every_call_ends(story: Story, judge: Judge) -> None:
    """Well or not."""
    assert judge("settles", story().call(0, 1).call(2, 3, "Error").trace()) == []


def test_a_call_that_never_ends_is_told(story: Story, judge: Judge) -> None:
    """When it began, and how long the run went on."""
    assert judge("settles", story().call(1).refused(1).trace(until=9)) == [
        "call 'get /x': it began at 1.000 and had not ended 8 s later, when the run was over (of 1 call)"
    ]


@given(ends=st.lists(st.booleans(), min_size=1, max_size=8))
@quick
def test_one_difference_for_each_call_without_end(story: Story, judge: Judge, ends: list[bool]) -> None:
    """Whatever the others do."""
    told = story()
    for at, whether in enumerate(ends):
        told.call(at, at + 0.5 if whether else None)
    assert len(judge("settles", told.trace(until=99))) == ends.count(False)
