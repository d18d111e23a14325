"""`slow_handshake`: what it decides, what delay it takes, how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Lever
from simnet.faults.slow_handshake import SlowHandshake
from simnet.values import Duration
from simnet.verdicts.door import Hold

DAY = 24 * 3600 * 1_000_000


@given(st.integers(0, DAY))
@settings(deadline=None, max_examples=50)
def test_the_handshake_is_held_for_the_delay(microseconds: int) -> None:
    """Any delay is held for just so many seconds: it is not bound to the steps of retransmission."""
    fault = SlowHandshake(delay=Duration(microseconds))
    assert fault.at_door(Random(0)) == Hold(microseconds / 1e6)


def test_a_delay_must_be_said() -> None:
    """How slow is for the author to say: there is no default."""
    with pytest.raises(ValidationError, match="Field required"):
        SlowHandshake.model_validate({})


@pytest.mark.parametrize(
    ("delay", "why"),
    [(250, "it has no unit"), ("250", "it has no unit"), ("-1s", "is not a duration"), ("25h", "the longest is 24h")],
)
def test_a_delay_is_a_duration_with_a_unit(delay: object, why: str) -> None:
    """A bare number might be seconds or milliseconds, so it is refused; so is what no clock would show."""
    with pytest.raises(ValidationError, match=why):
        SlowHandshake.model_validate({"delay": delay})


def test_it_needs_simultaneous_open_and_holds_syns() -> None:
    """SYNs are dropped until simnet connects to the client's own port."""
    assert set(SlowHandshake.needs) == {Lever.MIN_TTL, Lever.SOCK_DIAG, Lever.SIMULTANEOUS_OPEN}
    assert SlowHandshake.holds_syns


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """While the handshake waits there is no connection that could be numbered."""
    expected = rf"`slow_handshake` cannot be timed by {condition}; it can by attempts, during, chance"
    with pytest.raises(ValidationError, match=expected):
        SlowHandshake.model_validate({"delay": "1s", "when": {condition: 1}})
