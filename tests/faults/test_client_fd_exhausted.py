"""`client_fd_exhausted`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.client_fd_exhausted import ClientFdExhausted
from simnet.faults.contract import Condition, Lever
from simnet.verdicts.door import Deny


def test_the_system_call_is_denied() -> None:
    """The answer at the door is an errno for socket(2), and nothing is left to chance."""
    assert ClientFdExhausted().at_door(Random(1)) == ClientFdExhausted().at_door(Random(2)) == Deny("socket", "EMFILE")


def test_what_is_connected_is_left_alone() -> None:
    """A connection that exists is not the business of a fault that keeps it from being made."""
    assert ClientFdExhausted().at_accept(Random(1)) is None
    assert ClientFdExhausted().at_reply(Random(1)) is None


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """A denied attempt never becomes a connection, so connections cannot say which one is denied."""
    with pytest.raises(
        ValidationError, match=f"`client_fd_exhausted` cannot be timed by {condition}; it can by attempts, during, chance"
    ):
        ClientFdExhausted.model_validate({"when": {condition: 1}})


def test_it_needs_the_notifier() -> None:
    """Only a program that is supervised can be denied a system call."""
    assert ClientFdExhausted.needs == (Lever.NOTIFIER,)
    assert ClientFdExhausted.honours == {Condition.ATTEMPTS, Condition.DURING, Condition.CHANCE}
