"""`wrong_length`: Content-Length and the body differ."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.wrong_length import WrongLength
from simnet.values import ByteCount
from simnet.verdicts.request import Misstate


@given(st.integers(1, 2**40))
@settings(deadline=None, max_examples=50)
def test_it_is_wrong_by_just_so_many_bytes(count: int) -> None:
    """In either direction."""
    assert WrongLength(by=ByteCount(count)).at_request(Random(0)) == Misstate(count)
    assert WrongLength(by=ByteCount(count), too="short").at_request(Random(0)) == Misstate(-count)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"by": "0 B"}, "wrong by 0 B is right"),
        ({"by": 10}, "it has no unit"),
        ({"by": "1 B", "too": "wide"}, "'long' or 'short'"),
    ],
)
def test_what_would_be_right_is_refused(given_values: dict[str, object], why: str) -> None:
    """It must be wrong, by a number of bytes, one way or the other."""
    with pytest.raises(ValidationError, match=why):
        WrongLength.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = WrongLength.model_validate({**WrongLength.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`wrong_length` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        WrongLength.model_validate({**WrongLength.example, "when": {"attempts": 1}})
