"""`datagram_reorder`: what it decides, in which direction, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.datagram_reorder import DatagramReorder
from simnet.verdicts.datagram import Direction, Overtaken


def test_later_ones_go_first() -> None:
    """One later answer within five seconds, if nothing is said."""
    assert DatagramReorder.model_validate({}).at_datagram(Random(1)) == Overtaken(1, 5.0, Direction.TO_CLIENT)


@pytest.mark.parametrize("direction", Direction)
def test_it_strikes_either_way(direction: Direction) -> None:
    """The datagram itself, or what answers it; nothing else can be said."""
    verdict = DatagramReorder.model_validate({"direction": direction.value}).at_datagram(Random(1))
    assert isinstance(verdict, Overtaken)
    assert verdict.direction is direction
    with pytest.raises(ValidationError):
        DatagramReorder.model_validate({"direction": "both"})


@pytest.mark.parametrize("condition", ["attempts", "connections"])
def test_it_is_timed_by_datagrams(condition: str) -> None:
    """Datagrams are the requests of UDP; there is no connection and no attempt to make one."""
    assert DatagramReorder.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`datagram_reorder` cannot be timed by {condition}"):
        DatagramReorder.model_validate({"when": {condition: 1}})


def test_how_many_and_how_long_can_be_said() -> None:
    """A number of datagrams and a time with its unit."""
    fault = DatagramReorder.model_validate({"behind": 3, "within": "200ms"})
    assert fault.at_datagram(Random(1)) == Overtaken(3, 0.2, Direction.TO_CLIENT)
    for wrong in ({"behind": 0}, {"within": 2}):
        with pytest.raises(ValidationError):
            DatagramReorder.model_validate(wrong)
