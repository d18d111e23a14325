"""`port_taken`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition, Stage
from simnet.faults.port_taken import PortTaken
from simnet.verdicts.door import Squat


def test_the_address_is_held_at_the_door() -> None:
    """Whoever binds the address meets somebody who already has it; nothing is left to chance."""
    assert PortTaken().at_door(Random(1)) == PortTaken().at_door(Random(2)) == Squat()


def test_it_comes_before_any_connection() -> None:
    """It strikes the program's own means: bind(2) comes before connect(2)."""
    assert PortTaken.stage is Stage.LOCAL
    assert PortTaken.stage.position < Stage.CONNECT.position


def test_it_can_be_given_back_in_time() -> None:
    """When the span of `during` is over, whoever binds the address may have it."""
    fault = PortTaken.model_validate({"when": {"during": "..2s"}})
    assert fault.when.asked == {Condition.DURING}


@pytest.mark.parametrize("when", [{"connections": 1}, {"requests": 1}, {"chance": "10%"}])
def test_it_cannot_be_timed_by_what_comes_later_or_by_chance(when: dict[str, object]) -> None:
    """An address that is taken gets no connections, and it is taken or free: there is nothing to draw for."""
    with pytest.raises(ValidationError, match=rf"`port_taken` cannot be timed by {next(iter(when))}; it can by .*during"):
        PortTaken.model_validate({"when": when})


def test_it_has_no_parameters() -> None:
    """Who holds the address is simnet's business: a parameter is refused, not ignored."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        PortTaken.model_validate({"holder": "nginx"})
