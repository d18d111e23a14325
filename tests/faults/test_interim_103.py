"""`interim_103`: 103 first, the reply later."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.interim_103 import Interim103
from simnet.values import Duration
from simnet.verdicts.request import Hint


@given(st.integers(0, 10**9))
@settings(deadline=None, max_examples=50)
def test_the_reply_comes_so_much_later(microseconds: int) -> None:
    """However long, to the microsecond; no time at all is a time too."""
    assert Interim103(delay=Duration(microseconds)).at_request(Random(0)) == Hint(microseconds / 1e6)


def test_what_it_is_by_default() -> None:
    """300 ms: more than a client takes to read 103, less than one waits."""
    assert Interim103().at_request(Random(0)) == Hint(0.3)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"delay": 1}, "it has no unit"),
        ({"delay": "-1s"}, "is not a"),
    ],
)
def test_a_delay_has_a_unit(given_values: dict[str, object], why: str) -> None:
    """And none lies in the past."""
    with pytest.raises(ValidationError, match=why):
        Interim103.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = Interim103.model_validate({**Interim103.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`interim_103` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Interim103.model_validate({**Interim103.example, "when": {"attempts": 1}})
