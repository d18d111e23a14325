"""`gzip_truncated`: a gzip stream that breaks off."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.gzip_truncated import GzipTruncated
from simnet.values import ByteCount
from simnet.verdicts.request import ShortenGzip


@given(st.none() | st.integers(0, 2**40))
@settings(deadline=None, max_examples=50)
def test_just_so_many_bytes_of_the_stream_are_sent(count: int | None) -> None:
    """Any number of bytes; half of the stream where nothing is said, which the service knows."""
    fault = GzipTruncated(after=None if count is None else ByteCount(count))
    assert fault.at_request(Random(0)) == ShortenGzip(count)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"after": "-1 B"}, "is not a number of bytes"),
        ({"level": 9}, "Extra inputs"),
    ],
)
def test_what_is_no_number_of_bytes_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes are whole and said with a unit."""
    with pytest.raises(ValidationError, match=why):
        GzipTruncated.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = GzipTruncated.model_validate({**GzipTruncated.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`gzip_truncated` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        GzipTruncated.model_validate({**GzipTruncated.example, "when": {"attempts": 1}})
