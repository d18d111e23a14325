"""`http_truncated`: a body that is shorter than promised."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.http_truncated import HttpTruncated
from simnet.verdicts.request import Shorten


@given(st.integers(0, 2**40), st.sampled_from(["content_length", "chunked"]))
@settings(deadline=None, max_examples=50)
def test_just_so_many_bytes_of_the_body_get_out(count: int, by: str) -> None:
    """Any number of bytes, by either way to say where a body ends."""
    fault = HttpTruncated.model_validate({"after": f"{count} B", "by": by})
    assert fault.at_request(Random(0)) == Shorten(count, chunked=by == "chunked")


def test_what_it_is_by_default() -> None:
    """How much that is depends on the body: the service knows."""
    assert HttpTruncated().at_request(Random(0)) == Shorten(None, chunked=False)
    assert HttpTruncated(by="chunked").at_request(Random(0)) == Shorten(None, chunked=True)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"after": "0.5 B"}, "a byte cannot be cut"),
        ({"by": "gzip"}, "'content_length' or 'chunked'"),
    ],
)
def test_what_is_no_count_and_no_way_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes have a unit, and there are two ways."""
    with pytest.raises(ValidationError, match=why):
        HttpTruncated.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = HttpTruncated.model_validate({**HttpTruncated.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`http_truncated` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        HttpTruncated.model_validate({**HttpTruncated.example, "when": {"attempts": 1}})
