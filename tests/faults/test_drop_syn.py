"""`drop_syn`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.drop_syn import DropSyn
from simnet.verdicts.door import Drop


def test_the_syn_is_dropped() -> None:
    """At the door the answer is none at all, and nothing is left to chance."""
    assert DropSyn().at_door(Random(1)) == DropSyn().at_door(Random(2)) == Drop()


def test_it_holds_syns() -> None:
    """All SYNs are dropped while it is in force, so the attempts that it does not mean are let in one by one."""
    assert DropSyn.holds_syns


def test_it_is_timed_by_attempts_time_and_chance() -> None:
    """The third attempt alone may be the one that hears nothing."""
    fault = DropSyn.model_validate({"when": {"attempts": 3, "during": "1s..", "chance": "100%"}})
    assert str(fault.when) == "attempts 3, during 1s.., chance 100%"


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """A SYN without an answer never becomes a connection."""
    expected = rf"`drop_syn` cannot be timed by {condition}; it can by attempts, during, chance"
    with pytest.raises(ValidationError, match=expected):
        DropSyn.model_validate({"when": {condition: 1}})


def test_how_many_are_dropped_is_another_fault() -> None:
    """A number of SYNs is `syn_loss`: here it is refused, not ignored."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        DropSyn.model_validate({"lose": 2})
