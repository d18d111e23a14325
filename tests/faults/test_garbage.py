"""`garbage`: bytes that are no HTTP."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.garbage import Garbage
from simnet.values import ByteCount
from simnet.verdicts.request import Garble


@given(st.integers(1, 5000), st.integers())
@settings(deadline=None, max_examples=50)
def test_so_many_bytes_that_the_seed_draws(size: int, seed: int) -> None:
    """As many as said, the same for the same seed, and the first is none of ASCII: nobody takes it for HTTP."""
    verdict = Garbage(size=ByteCount(size)).at_request(Random(seed))
    assert isinstance(verdict, Garble)
    assert len(verdict.data) == size
    assert verdict.data[0] >= 0x80
    assert Garbage(size=ByteCount(size)).at_request(Random(seed)) == verdict


def test_other_requests_get_other_bytes() -> None:
    """What is drawn for one request says nothing of the next."""
    assert Garbage().at_request(Random(1)) != Garbage().at_request(Random(2))


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"size": "0 B"}, "1 B to 1 MiB"),
        ({"size": "2 MiB"}, "1 B to 1 MiB"),
        ({"size": 64}, "it has no unit"),
    ],
)
def test_its_size_has_bounds(given_values: dict[str, object], why: str) -> None:
    """One byte at least, and no more than is kept in memory without harm."""
    with pytest.raises(ValidationError, match=why):
        Garbage.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = Garbage.model_validate({**Garbage.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`garbage` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Garbage.model_validate({**Garbage.example, "when": {"attempts": 1}})
