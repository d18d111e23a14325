"""`ports_exhausted`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition, Lever
from simnet.faults.ports_exhausted import PortsExhausted
from simnet.verdicts.door import Deny


def test_the_system_call_is_denied() -> None:
    """The answer at the door is an errno for connect(2), and nothing is left to chance."""
    assert PortsExhausted().at_door(Random(1)) == PortsExhausted().at_door(Random(2)) == Deny("connect", "EADDRNOTAVAIL")


def test_what_is_connected_is_left_alone() -> None:
    """A connection that exists is not the business of a fault that keeps it from being made."""
    assert PortsExhausted().at_accept(Random(1)) is None
    assert PortsExhausted().at_reply(Random(1)) is None


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """A denied attempt never becomes a connection, so connections cannot say which one is denied."""
    with pytest.raises(
        ValidationError, match=f"`ports_exhausted` cannot be timed by {condition}; it can by attempts, during, chance"
    ):
        PortsExhausted.model_validate({"when": {condition: 1}})


def test_it_needs_the_notifier() -> None:
    """Only a program that is supervised can be denied a system call."""
    assert PortsExhausted.needs == (Lever.NOTIFIER,)
    assert PortsExhausted.honours == {Condition.ATTEMPTS, Condition.DURING, Condition.CHANCE}
