"""`refuse`: what it decides, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition, Lever
from simnet.faults.refuse import RefuseFault
from simnet.verdicts.door import Refuse


def test_an_attempt_is_refused() -> None:
    """At the door the answer is a refusal, and nothing is left to chance."""
    assert RefuseFault().at_door(Random(1)) == RefuseFault().at_door(Random(2)) == Refuse()


def test_what_gets_past_the_door_is_left_alone() -> None:
    """A connection that exists is not the business of a fault that refuses them."""
    assert RefuseFault().at_accept(Random(1)) is None
    assert RefuseFault().at_reply(Random(1)) is None


def test_it_is_timed_by_attempts() -> None:
    """Attempts, time and chance decide who is refused, together where several are said."""
    fault = RefuseFault.model_validate({"when": {"attempts": "1-2", "during": "..9s", "chance": "50%"}})
    assert fault.when.asked == {Condition.ATTEMPTS, Condition.DURING, Condition.CHANCE}
    assert fault.when.attempts is not None
    assert [number in fault.when.attempts for number in (1, 2, 3)] == [True, True, False]


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """A refused attempt never becomes a connection, so connections cannot say which one is refused."""
    expected = rf"`refuse` cannot be timed by {condition}; it can by attempts, during, chance"
    with pytest.raises(ValidationError, match=expected):
        RefuseFault.model_validate({"when": {condition: 1}})


def test_it_needs_a_socket_that_can_stop_listening() -> None:
    """The port stays bound while nobody listens on it."""
    assert RefuseFault.needs == (Lever.LISTEN_AGAIN,)
    assert not RefuseFault.holds_syns, "a refused SYN is answered at once"
