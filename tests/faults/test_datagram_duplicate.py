"""`datagram_duplicate`: what it decides, in which direction, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.datagram_duplicate import DatagramDuplicate
from simnet.verdicts.datagram import Direction, Duplicate


def test_the_answer_comes_twice() -> None:
    """One copy more, of the answer, if nothing is said."""
    assert DatagramDuplicate.model_validate({}).at_datagram(Random(1)) == Duplicate(1, Direction.TO_CLIENT)


@pytest.mark.parametrize("direction", Direction)
def test_it_strikes_either_way(direction: Direction) -> None:
    """The datagram itself, or what answers it; nothing else can be said."""
    verdict = DatagramDuplicate.model_validate({"direction": direction.value}).at_datagram(Random(1))
    assert isinstance(verdict, Duplicate)
    assert verdict.direction is direction
    with pytest.raises(ValidationError):
        DatagramDuplicate.model_validate({"direction": "both"})


@pytest.mark.parametrize("condition", ["attempts", "connections"])
def test_it_is_timed_by_datagrams(condition: str) -> None:
    """Datagrams are the requests of UDP; there is no connection and no attempt to make one."""
    assert DatagramDuplicate.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`datagram_duplicate` cannot be timed by {condition}"):
        DatagramDuplicate.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("copies", [0, 101, "2", 1.5])
def test_there_is_at_least_one_copy_and_no_storm(copies: object) -> None:
    """None would be no fault, and thousands no duplicate."""
    with pytest.raises(ValidationError):
        DatagramDuplicate.model_validate({"copies": copies})
