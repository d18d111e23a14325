"""`dns`: look-ups with measure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import Queried

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def _queried(*kinds: str, name: str = "api.test") -> list[Queried]:
    return [
        Queried(t=at, service="names", request=at + 1, client="", name=name, type=kind, transport="UDP")
        for at, kind in enumerate(kinds)
    ]


def _trace(story: Story, *kinds: str) -> Any:
    told = story()
    for event in _queried(*kinds):
        told.add(event)
    return told.trace()


def test_each_kind_once(story: Story, judge: Judge) -> None:
    """A and AAAA."""
    assert judge("dns", _trace(story, "A", "AAAA"), queries=1, both=True) == []


def test_too_often_or_by_halves_is_told(story: Story, judge: Judge) -> None:
    """How often, and what was not asked for."""
    assert judge("dns", _trace(story, "A", "A", "A"), queries=2, both=True) == [
        "api.test A was asked for 3 times, expected at most 2 (of 3 queries)",
        "api.test was asked for A and never for AAAA (of 3 queries)",
    ]


def test_no_query_says_nothing(story: Story, judge: Judge) -> None:
    """Where nobody asked, the claim has not been shown."""
    assert judge("dns", story().trace(), queries=1) == ["? too few to judge: 0 of the 1 query that it takes"]


@given(kinds=st.lists(st.sampled_from(["A", "AAAA", "MX"]), min_size=1, max_size=12), most=st.integers(1, 6))
@quick
def test_told_for_each_type_that_was_asked_too_often(story: Story, judge: Judge, kinds: list[str], most: int) -> None:
    """As counted."""
    over = sum(kinds.count(kind) > most for kind in set(kinds))
    assert len(judge("dns", _trace(story, *kinds), queries=most)) == over
