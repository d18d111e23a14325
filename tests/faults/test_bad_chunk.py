"""`bad_chunk`: a chunk size that is no number."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.bad_chunk import BadChunk
from simnet.faults.contract import Condition
from simnet.values import ByteCount
from simnet.verdicts.request import BreakChunk


@given(st.none() | st.integers(0, 2**40))
@settings(deadline=None, max_examples=50)
def test_just_so_many_bytes_come_before_it(count: int | None) -> None:
    """Any number of bytes; half of the body where nothing is said, which the service knows."""
    fault = BadChunk(after=None if count is None else ByteCount(count))
    assert fault.at_request(Random(0)) == BreakChunk(count)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"after": "0.5 B"}, "a byte cannot be cut"),
        ({"size": "1 B"}, "Extra inputs"),
    ],
)
def test_what_is_no_number_of_bytes_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes are whole and said with a unit."""
    with pytest.raises(ValidationError, match=why):
        BadChunk.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = BadChunk.model_validate({**BadChunk.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`bad_chunk` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        BadChunk.model_validate({**BadChunk.example, "when": {"attempts": 1}})
