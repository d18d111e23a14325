"""`circuit_breaker`: open, half-open, closed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

Story = Callable[[], Any]
Judge = Callable[..., list[str]]
quick = settings(deadline=None, max_examples=30)

SAID: dict[str, Any] = {"after": 3, "open_for": "2s"}


def test_left_alone_then_probed(story: Story, judge: Judge) -> None:
    """Three failures, two seconds, a probe that fails, two seconds, one that works, and then all."""
    told = story().refused(0, 0.1, 0.2, 2.3).answered(4.4, 4.5).answered(4.6, 4.7).answered(4.6, 4.8)
    assert judge("circuit_breaker", told.trace(), **SAID) == []


def test_a_try_at_an_open_circuit_is_told(story: Story, judge: Judge) -> None:
    """When it came."""
    assert judge("circuit_breaker", story().refused(0, 0.1, 0.2, 0.7).trace(), **SAID) == [
        (
            "attempt 4 began 500 ms after failure 3 in a row; the circuit is promised to be open for 2s"
            " (of 4 tries, tolerance 20ms + 5%)"
        )
    ]


def test_a_crowd_of_probes_is_told(story: Story, judge: Judge) -> None:
    """A half-open circuit lets one pass."""
    told = story().refused(0, 0.1, 0.2).answered(3, 4).answered(3.1, 4.1)
    assert judge("circuit_breaker", told.trace(), **SAID) == [
        "request 2 is probe 2 at a time of a half-open circuit, expected at most 1 (of 5 tries, tolerance 20ms + 5%)"
    ]


@given(after=st.integers(1, 6), open_for=st.integers(100, 5000), rounds=st.integers(1, 4), early=st.floats(0.03, 0.09))
@quick
def test_an_ideal_client_passes(
    story: Story, judge: Judge, *, after: int, open_for: int, rounds: int, early: float
) -> None:
    """And the same with one probe too early does not."""
    first = [at / 100 for at in range(after)]
    probes = [first[-1] + (number + 1) * open_for / 1000 for number in range(rounds)]
    said = {"after": after, "open_for": f"{open_for}ms"}
    assert judge("circuit_breaker", story().refused(*first, *probes).trace(), **said) == []
    soon = max(first[-1] + 1e-3, probes[-1] - open_for / 1000 * 0.05 - early)
    assert len(judge("circuit_breaker", story().refused(*first, *probes[:-1], soon).trace(), **said)) == 1
