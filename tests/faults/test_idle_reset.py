"""`idle_reset`: RST after a rest."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.idle_reset import IdleReset
from simnet.values import Duration
from simnet.verdicts.reply import Ending
from simnet.verdicts.rest import EndIdle


@given(st.integers(0, 10**9))
@settings(deadline=None, max_examples=50)
def test_it_rests_so_long_and_then_comes_rst(microseconds: int) -> None:
    """However long the rest, to the microsecond."""
    assert IdleReset(after=Duration(microseconds)).at_rest(Random(0)) == EndIdle(microseconds / 1e6, Ending.RST)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"after": 5}, "it has no unit"),
        ({"after": "5 B"}, "is not a"),
    ],
)
def test_a_rest_has_a_length(given_values: dict[str, object], why: str) -> None:
    """It must be said, and has a unit."""
    with pytest.raises(ValidationError, match=why):
        IdleReset.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """The rest after a request has the number of that request and of its connection."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = IdleReset.model_validate({**IdleReset.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`idle_reset` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        IdleReset.model_validate({**IdleReset.example, "when": {"attempts": 1}})
