"""`redirect_loop`: a circle of redirects."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.redirect_loop import RedirectLoop
from simnet.verdicts.request import Redirect


@given(st.sampled_from([301, 302, 303, 307, 308]), st.integers(1, 1000))
@settings(deadline=None, max_examples=50)
def test_each_status_that_redirects_and_any_circle(status: int, urls: int) -> None:
    """How many URLs the circle has and by which status they redirect is as said."""
    fault = RedirectLoop.model_validate({"status": status, "urls": urls})
    assert fault.at_request(Random(0)) == Redirect(status, urls)


def test_what_it_is_by_default() -> None:
    """302 to itself: the smallest circle."""
    assert RedirectLoop().at_request(Random(0)) == Redirect(302, 1)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"status": 304}, "301, 302, 303, 307 or 308"),
        ({"urls": 0}, "greater than or equal to 1"),
        ({"urls": "two"}, "valid integer"),
    ],
)
def test_what_is_no_redirect_is_refused(given_values: dict[str, object], why: str) -> None:
    """300, 304 and 306 lead nowhere; a circle has one URL at least."""
    with pytest.raises(ValidationError, match=why):
        RedirectLoop.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = RedirectLoop.model_validate({**RedirectLoop.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`redirect_loop` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        RedirectLoop.model_validate({**RedirectLoop.example, "when": {"attempts": 1}})
