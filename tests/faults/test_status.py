"""`status`: what is answered in place of a reply."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.status import Status
from simnet.values import Duration
from simnet.verdicts.request import Substitute


@given(st.integers(200, 599), st.none() | st.integers(0, 10**6), st.booleans())
@settings(deadline=None, max_examples=60)
def test_status_and_retry_after_are_what_was_said(status: int, seconds: int | None, as_date: bool) -> None:  # noqa: FBT001
    """Any final status, with a Retry-After in whole seconds, as such or as a date, or with none."""
    as_date = as_date and seconds is not None
    retry_after = None if seconds is None else Duration(seconds * 1_000_000)
    fault = Status(status=status, retry_after=retry_after, retry_after_as="date" if as_date else "seconds")
    assert fault.at_request(Random(0)) == Substitute(status, None, seconds, as_date)


def test_what_it_is_by_default() -> None:
    """503 (Service Unavailable), which says nothing of when it will be better."""
    assert Status().at_request(Random(0)) == Substitute(503)


def test_a_body_may_be_given() -> None:
    """Also an empty one, and for a status that has none an empty one is no contradiction."""
    assert Status(body="busy").at_request(Random(0)) == Substitute(503, "busy")
    assert Status(status=204, body="").at_request(Random(0)) == Substitute(204, "")


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"retry_after": "1500ms"}, "counts in whole seconds, 1500ms is not"),
        ({"retry_after": 3}, "it has no unit"),
        ({"retry_after_as": "date"}, "there is no `retry_after`"),
        ({"retry_after": "3s", "retry_after_as": "http"}, "'seconds' or 'date'"),
        ({"status": 204, "body": "x"}, "has no body"),
        ({"status": 103}, "greater than or equal to 200"),
    ],
)
def test_what_cannot_be_said_is_refused(given_values: dict[str, object], why: str) -> None:
    """Retry-After counts in whole seconds, a date needs a time, and some statuses have no body."""
    with pytest.raises(ValidationError, match=why):
        Status.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = Status.model_validate({**Status.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`status` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Status.model_validate({**Status.example, "when": {"attempts": 1}})
