"""`half_open`: closed in time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)


def test_closed_in_time(story: Story, judge: Judge) -> None:
    """A second, seen a little later; a request that is answered is none of it."""
    told = story().lost(0, 1.2, by="client", how="FIN", sent=10).answered(2, 2.1)
    assert judge("half_open", told.trace(), within="1s") == []


def test_closed_late_or_never_is_told(story: Story, judge: Judge) -> None:
    """Which connection, and how long it lasted."""
    told = story().lost(0, 3.25, by="client", how="FIN", sent=10).lost(4, None, sent=10)
    sample = " (of 2 silenced connections, tolerance 20ms + 5%)"
    assert judge("half_open", told.trace(until=9), within="2s") == [
        f"connection 1 was closed 3 s after the last byte of the service, expected at most 2 s{sample}",
        f"connection 2 was still open 5 s after the last byte of the service, expected at most 2 s{sample}",
    ]


def test_nothing_of_the_kind_says_nothing(story: Story, judge: Judge) -> None:
    """Where all were served, the claim has not been shown."""
    (said,) = judge("half_open", story().answered(0, 1).trace(), within="2s")
    assert said.startswith("? too few to judge: 0 of the 1")


@given(lasted=st.floats(0.5, 10), within=st.integers(100, 9000))
@quick
def test_told_exactly_if_it_was_surely_late(story: Story, judge: Judge, lasted: float, within: int) -> None:
    """The service notices up to 250 ms later that a client has left; that is in the client's favour."""
    most = within / 1000 * 1.05 + 0.02
    trace = story().lost(0, lasted, by="client", how="FIN", sent=10).trace()
    if abs(lasted - 0.25 - most) > 1e-6:
        assert bool(judge("half_open", trace, within=f"{within}ms")) == (lasted - 0.25 > most)
