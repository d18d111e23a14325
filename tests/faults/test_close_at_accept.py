"""`close_at_accept`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.close_at_accept import CloseAtAccept
from simnet.faults.contract import Condition
from simnet.verdicts.accept import Close


def test_the_connection_ends_as_it_is_accepted() -> None:
    """The answer to a connection is a FIN, and nothing is left to chance."""
    assert CloseAtAccept().at_accept(Random(1)) == CloseAtAccept().at_accept(Random(2)) == Close()


def test_the_handshake_and_the_reply_are_not_its_business() -> None:
    """The client is connected before it, and there is no reply after it."""
    assert CloseAtAccept().at_door(Random(0)) is None
    assert CloseAtAccept().at_reply(Random(0)) is None


def test_what_it_needs_of_the_kernel() -> None:
    """shutdown(2) is everywhere: no lever has to be tried."""
    assert CloseAtAccept.needs == ()


def test_it_has_no_parameters() -> None:
    """A count of bytes is `truncate`: at accept nothing of a reply has been sent."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        CloseAtAccept.model_validate({"after": "17 B"})


def test_it_is_timed_by_connections_time_and_chance() -> None:
    """These three are what can be known of a connection that waits to be accepted."""
    fault = CloseAtAccept.model_validate({"when": {"connections": "1,3", "during": "1s..2s", "chance": "5%"}})
    assert fault.when.asked == {Condition.CONNECTIONS, Condition.DURING, Condition.CHANCE}


@pytest.mark.parametrize("condition", ["attempts", "requests"])
def test_it_cannot_be_timed_by_what_is_not_its_unit(condition: str) -> None:
    """Attempts are over, and no request will ever be read."""
    expected = rf"`close_at_accept` cannot be timed by {condition}; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        CloseAtAccept.model_validate({"when": {condition: 1}})
