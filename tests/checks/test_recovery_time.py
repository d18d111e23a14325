"""`recovery_time`: a service that is back is found."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.trace.events import Applied, DoorSet

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def _strike(t: float) -> Applied:
    return Applied(t=t, service="api", fault=1, kind="refuse", target="attempt 1")


def test_found_soon(story: Story, judge: Judge) -> None:
    """The last refusal was at 1, the success half a second later."""
    told = story().refused(0, 1).add(_strike(0)).add(_strike(1)).answered(1.4, 1.5)
    assert judge("recovery_time", told.trace(), within="1s") == []


def test_found_late_or_never_is_told(story: Story, judge: Judge) -> None:
    """Measured from the last strike."""
    told = story().refused(0).add(_strike(0)).answered(4, 5)
    sample = " (of 1 troubled service, tolerance 20ms + 5%)"
    assert judge("recovery_time", told.trace(), within="1s") == [
        f"the trouble was over at 0.000, and its first success came 5 s later, expected 1 s{sample}"
    ]
    assert judge("recovery_time", story().refused(0).add(_strike(0)).trace(until=3), within="1s") == [
        f"the trouble was over at 0.000, and it had not succeeded 3 s later, expected 1 s{sample}"
    ]


def test_a_door_that_opens_ends_the_trouble(story: Story, judge: Judge) -> None:
    """Nobody was refused in the last three seconds of it."""
    told = story().refused(0).add(DoorSet(t=0, service="api", door="refuse")).add(_strike(0))
    told.add(DoorSet(t=3, service="api", door="open")).answered(3.5, 3.6)
    assert judge("recovery_time", told.trace(), within="1s") == []


@given(took=st.floats(0, 10), within=st.integers(1, 9000))
@quick
def test_told_exactly_if_it_took_too_long(story: Story, judge: Judge, took: float, within: int) -> None:
    """By more than 20 ms and 5 %."""
    most = within / 1000 * 1.05 + 0.02
    trace = story().refused(1).add(_strike(1)).answered(1 + took / 2, 1 + took).trace()
    if abs(took - most) > 1e-6:
        assert bool(judge("recovery_time", trace, within=f"{within}ms")) == (took > most)
