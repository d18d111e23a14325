"""`early_response`: the answer before the body is read."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.early_response import EarlyResponse
from simnet.values import Duration
from simnet.verdicts.request import AnswerEarly


@given(st.integers(200, 599), st.integers(0, 10**8))
@settings(deadline=None, max_examples=50)
def test_any_final_status_any_time_after_the_fin(status: int, microseconds: int) -> None:
    """The status is sent as given, and the socket is closed so long after the FIN."""
    fault = EarlyResponse(status=status, lingers=Duration(microseconds))
    assert fault.at_request(Random(0)) == AnswerEarly(status, microseconds / 1e6)


def test_what_it_is_by_default() -> None:
    """413 (Content Too Large), and the socket is closed at once: RST alone."""
    assert EarlyResponse().at_request(Random(0)) == AnswerEarly(413, 0.0)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"status": 100}, "greater than or equal to 200"),
        ({"status": 600}, "less than or equal to 599"),
        ({"status": "413"}, "valid integer"),
        ({"lingers": 300}, "it has no unit"),
    ],
)
def test_what_is_no_final_status_is_refused(given_values: dict[str, object], why: str) -> None:
    """An interim status is no answer, and times have units."""
    with pytest.raises(ValidationError, match=why):
        EarlyResponse.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = EarlyResponse.model_validate({**EarlyResponse.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`early_response` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        EarlyResponse.model_validate({**EarlyResponse.example, "when": {"attempts": 1}})
