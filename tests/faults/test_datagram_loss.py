"""`datagram_loss`: what it decides, in which direction, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.datagram_loss import DatagramLoss
from simnet.verdicts.datagram import Direction, LoseDatagram


def test_the_datagram_is_lost() -> None:
    """On its way to the service, if nothing is said."""
    assert DatagramLoss.model_validate({}).at_datagram(Random(1)) == LoseDatagram(Direction.TO_SERVICE)


@pytest.mark.parametrize("direction", Direction)
def test_it_strikes_either_way(direction: Direction) -> None:
    """The datagram itself, or what answers it; nothing else can be said."""
    verdict = DatagramLoss.model_validate({"direction": direction.value}).at_datagram(Random(1))
    assert isinstance(verdict, LoseDatagram)
    assert verdict.direction is direction
    with pytest.raises(ValidationError):
        DatagramLoss.model_validate({"direction": "both"})


@pytest.mark.parametrize("condition", ["attempts", "connections"])
def test_it_is_timed_by_datagrams(condition: str) -> None:
    """Datagrams are the requests of UDP; there is no connection and no attempt to make one."""
    assert DatagramLoss.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`datagram_loss` cannot be timed by {condition}"):
        DatagramLoss.model_validate({"when": {condition: 1}})
