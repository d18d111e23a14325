"""`header_drip`: the head byte by byte."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.header_drip import HeaderDrip
from simnet.values import Rate
from simnet.verdicts.request import Part, Trickle


@given(st.integers(1, 10**11))
@settings(deadline=None, max_examples=50)
def test_it_is_the_head_that_is_slow(rate: int) -> None:
    """The rate is kept to the byte, and it is that of the head alone."""
    assert HeaderDrip(rate=Rate(rate)).at_request(Random(0)) == Trickle(Part.HEAD, rate)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"rate": "5 B"}, "is not a rate"),
        ({"rate": 5}, "it has no unit"),
        ({"rate": "0 B/s"}, "rate"),
    ],
)
def test_a_rate_is_needed(given_values: dict[str, object], why: str) -> None:
    """In bytes a second, and more than none."""
    with pytest.raises(ValidationError, match=why):
        HeaderDrip.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = HeaderDrip.model_validate({**HeaderDrip.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`header_drip` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        HeaderDrip.model_validate({**HeaderDrip.example, "when": {"attempts": 1}})
