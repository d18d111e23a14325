"""`connect_times_out`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.connect_times_out import ConnectTimesOut
from simnet.faults.contract import Condition, Lever
from simnet.verdicts.door import Deny


def test_the_system_call_is_denied() -> None:
    """The answer at the door is an errno for connect(2), and nothing is left to chance."""
    assert ConnectTimesOut().at_door(Random(1)) == ConnectTimesOut().at_door(Random(2)) == Deny("connect", "ETIMEDOUT")


def test_what_is_connected_is_left_alone() -> None:
    """A connection that exists is not the business of a fault that keeps it from being made."""
    assert ConnectTimesOut().at_accept(Random(1)) is None
    assert ConnectTimesOut().at_reply(Random(1)) is None


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """A denied attempt never becomes a connection, so connections cannot say which one is denied."""
    with pytest.raises(
        ValidationError, match=f"`connect_times_out` cannot be timed by {condition}; it can by attempts, during, chance"
    ):
        ConnectTimesOut.model_validate({"when": {condition: 1}})


def test_it_needs_the_notifier() -> None:
    """Only a program that is supervised can be denied a system call."""
    assert ConnectTimesOut.needs == (Lever.NOTIFIER,)
    assert ConnectTimesOut.honours == {Condition.ATTEMPTS, Condition.DURING, Condition.CHANCE}
