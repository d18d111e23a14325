"""`slow_accept`: how long it leaves a connection in the queue, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.slow_accept import SlowAccept
from simnet.verdicts.accept import Wait


@pytest.mark.parametrize(("delay", "seconds"), [("0s", 0), ("300ms", 0.3), ("1.5s", 1.5), ("24h", 86_400)])
def test_the_connection_waits_for_the_delay(delay: str, seconds: float) -> None:
    """From no time to a day the connection stays in the accept queue for just so long."""
    assert SlowAccept.model_validate({"delay": delay}).at_accept(Random(0)) == Wait(seconds)


def test_the_handshake_is_not_its_business() -> None:
    """The kernel completes the handshake: the client is connected at once."""
    fault = SlowAccept.model_validate({"delay": "1s"})
    assert fault.at_door(Random(0)) is None
    assert not fault.holds_syns


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({}, "Field required"),
        ({"delay": 1}, "it has no unit"),
        ({"delay": "1 B"}, 'the unit "B" is not one of us, ms, s'),
    ],
)
def test_the_delay_is_said_with_a_unit(given: dict[str, object], why: str) -> None:
    """There is no default and no guessing of units."""
    with pytest.raises(ValidationError, match=why):
        SlowAccept.model_validate(given)


def test_it_is_timed_by_connections_time_and_chance() -> None:
    """These three are what can be known of a connection that waits to be accepted."""
    fault = SlowAccept.model_validate({"delay": "1s", "when": {"connections": "2-", "during": "..9s", "chance": "5%"}})
    assert fault.when.asked == {Condition.CONNECTIONS, Condition.DURING, Condition.CHANCE}


@pytest.mark.parametrize("condition", ["attempts", "requests"])
def test_it_cannot_be_timed_by_what_is_not_its_unit(condition: str) -> None:
    """Attempts are over, and no request has been read."""
    expected = rf"`slow_accept` cannot be timed by {condition}; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        SlowAccept.model_validate({"delay": "1s", "when": {condition: 1}})
