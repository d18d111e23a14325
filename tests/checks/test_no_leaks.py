"""`no_leaks`: what is opened is closed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import Closed

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_all_closed(story: Story, judge: Judge) -> None:
    """Connections that the client closed before the network was taken down."""
    assert judge("no_leaks", story().answered(0, 1, closed=1.5).opened(1, 2).trace(until=3)) == []


def test_one_left_open_is_told(story: Story, judge: Judge) -> None:
    """By its number."""
    assert judge("no_leaks", story().opened(0, 1).opened(1).trace(until=2)) == [
        "1 connection open in the end (2), expected at most 0 (of 2 connections)"
    ]


def test_what_the_taking_down_closes_was_open(story: Story, judge: Judge) -> None:
    """Our own FIN does not hide the leak."""
    told = story().opened(0)
    closed = Closed(t=3.1, service="api", connection=1, by="service", how="FIN", bytes_in=0, bytes_out=0)
    trace = told.trace(until=3)
    assert len(judge("no_leaks", dataclasses.replace(trace, events=(*trace.events, closed)))) == 1


def test_a_pile_after_failing_calls_is_told(story: Story, judge: Judge) -> None:
    """Each call leaves one; after the third there are more than the pool holds."""
    told = story()
    for at in range(4):
        told.call(at, at + 0.5, "Error").lost(at, None)
    assert judge("no_leaks", told.trace(until=9), open=9, pool=2) == [
        "3 connections open 250ms after call-3, expected at most 2 (of 4 connections)"
    ]


@given(closed=st.lists(st.booleans(), max_size=8), allowed=st.integers(0, 8))
@quick
def test_told_exactly_if_too_many_are_open(story: Story, judge: Judge, closed: list[bool], allowed: int) -> None:
    """However many were closed."""
    told = story()
    for at, whether in enumerate(closed):
        told.opened(at, at + 0.5 if whether else None)
    assert bool(judge("no_leaks", told.trace(until=99), open=allowed)) == (closed.count(False) > allowed)
