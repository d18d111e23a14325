"""`hedging`: few, spaced, and called off."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)

SAID: dict[str, Any] = {"tries": 3, "delay": "100ms"}


def test_a_hedge(story: Story, judge: Judge) -> None:
    """A second request after 100 ms; the first is called off when it has won."""
    told = story().lost(0, 0.31, by="client", how="FIN").answered(0.1, 0.3)
    assert judge("hedging", told.trace(), **SAID) == []


def test_too_many_and_too_soon_are_told(story: Story, judge: Judge) -> None:
    """Each by itself."""
    told = story().lost(0, 1, by="client").lost(0.01, 1, by="client").lost(0.2, 1, by="client").answered(0.4, 0.9)
    sample = " (of 3 hedges, tolerance 20ms + 5%)"
    assert judge("hedging", told.trace(), **SAID) == [
        f"there were 4 tries, expected at most 3; attempts at 0.000 0.010 0.200 0.400{sample}",
        f"request 2 was sent 10 ms after request 1, expected 100 ms or more{sample}",
    ]


def test_a_loser_that_goes_on_is_told(story: Story, judge: Judge) -> None:
    """The service works for nothing."""
    assert judge("hedging", story().lost(0, None).answered(0.1, 0.3).trace(until=5), **SAID) == [
        "request 2 had its answer at 0.300, and request 1 was never called off (of 1 hedge, tolerance 20ms + 5%)"
    ]


@given(delays=st.lists(st.floats(0.1, 1), min_size=1, max_size=2), soon=st.floats(0, 0.07))
@quick
def test_an_ideal_hedge_passes(story: Story, judge: Judge, delays: list[float], soon: float) -> None:
    """And the same with its last try earlier than allowed does not."""
    for gaps, told in ((delays, 0), ([*delays[:-1], soon], 1)):
        times = [sum(gaps[:at]) for at in range(len(gaps) + 1)]
        made = story().answered(times[-1], 4)
        for at in times[:-1]:
            made.lost(at, 4.05, by="client", how="FIN")
        assert len(judge("hedging", made.trace(), **SAID)) == told
