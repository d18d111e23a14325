"""`truncate`: after how many bytes of the reply the FIN comes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.truncate import Truncate
from simnet.values import ByteCount
from simnet.verdicts.reply import Cut, Ending


@given(st.integers(0, 2**40))
@settings(deadline=None, max_examples=50)
def test_the_reply_ends_after_just_so_many_bytes(count: int) -> None:
    """Any number of bytes gets out, then the reply ends for good: no rest follows."""
    assert Truncate(after=ByteCount(count)).at_reply(Random(0)) == Cut(count, Ending.FIN, None)


def test_not_a_byte_gets_out_where_nothing_is_said() -> None:
    """The default loses the whole reply."""
    assert Truncate().at_reply(Random(0)) == Cut(0, Ending.FIN)


def test_what_it_needs_of_the_kernel() -> None:
    """shutdown(2) is everywhere: no lever has to be tried."""
    assert Truncate.needs == ()


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 17}, "it has no unit"),
        ({"after": "17"}, "it has no unit"),
        ({"after": "0.5 B"}, "a byte cannot be cut"),
        ({"after": "-1 B"}, "is not a number of bytes"),
        ({"after": "2000 GiB"}, "the most is 1024 GiB"),
        ({"for": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_is_no_number_of_bytes_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes are whole and said with a unit; and an end has no length."""
    with pytest.raises(ValidationError, match=why):
        Truncate.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_reply() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    assert Truncate.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`truncate` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Truncate.model_validate({"when": {"attempts": 1}})
