"""`datagram_delay`: what it decides, in which direction, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.datagram_delay import DatagramDelay
from simnet.verdicts.datagram import Direction, LateDatagram


def test_the_answer_is_late() -> None:
    """By as much as is said, in seconds."""
    assert DatagramDelay.model_validate({"delay": "200ms"}).at_datagram(Random(1)) == LateDatagram(
        0.2, Direction.TO_CLIENT
    )


@pytest.mark.parametrize("direction", Direction)
def test_it_strikes_either_way(direction: Direction) -> None:
    """The datagram itself, or what answers it; nothing else can be said."""
    verdict = DatagramDelay.model_validate({"delay": "200ms", "direction": direction.value}).at_datagram(Random(1))
    assert isinstance(verdict, LateDatagram)
    assert verdict.direction is direction
    with pytest.raises(ValidationError):
        DatagramDelay.model_validate({"delay": "200ms", "direction": "both"})


@pytest.mark.parametrize("condition", ["attempts", "connections"])
def test_it_is_timed_by_datagrams(condition: str) -> None:
    """Datagrams are the requests of UDP; there is no connection and no attempt to make one."""
    assert DatagramDelay.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`datagram_delay` cannot be timed by {condition}"):
        DatagramDelay.model_validate({"delay": "200ms", "when": {condition: 1}})


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers())
@settings(deadline=None)
def test_jitter_stays_within_what_is_said(delay: int, jitter: int, seed: int) -> None:
    """Never more than `jitter` away from `delay`, never before the datagram itself, and the same for the same draw."""
    delay, jitter = max(delay, jitter), min(delay, jitter)
    fault = DatagramDelay.model_validate({"delay": f"{delay}us", "jitter": f"{jitter}us"})
    late = fault.at_datagram(Random(seed))
    assert isinstance(late, LateDatagram)
    assert max(0, delay - jitter) - 1 <= late.seconds * 1e6 <= delay + jitter + 1
    assert late == fault.at_datagram(Random(seed))


def test_more_jitter_than_delay_is_refused() -> None:
    """It would answer before it was asked."""
    with pytest.raises(ValidationError, match="write at most 10ms"):
        DatagramDelay.model_validate({"delay": "10ms", "jitter": "20ms"})
