"""`attempts`, `connections` and `requests`: a difference exactly where the count is out of bounds."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.checks import CHECKS
from simnet.checks.contract import CountCheck, Difference
from simnet.trace.events import Accepted, Attempt, Event, RequestBegan
from simnet.trace.journal import Trace

COUNTS = ["attempts", "connections", "requests"]


def _check(name: str, **fields: object) -> CountCheck:
    check = CHECKS[name].model_validate(fields)
    assert isinstance(check, CountCheck)
    return check


def _event(name: str, service: str, number: int) -> Event:
    match name:
        case "attempts":
            return Attempt(t=0, service=service, number=number, client="", counted="by audit", door="open")
        case "connections":
            return Accepted(t=0, service=service, connection=number, attempt=number, client="", how="accept")
        case _:
            return RequestBegan(t=0, service=service, connection=1, request=number, method="GET", target="/")


def _trace(name: str, counts: dict[str, int]) -> Trace:
    """A trace with so many events of each service, and others that must not be counted."""
    own = [_event(name, service, n) for service, count in counts.items() for n in range(1, count + 1)]
    others = [_event(other, service, 1) for other in COUNTS if other != name for service in counts]
    return Trace("t", 0, tuple(own + others))


bounds = st.one_of(
    st.builds(lambda n: {"exactly": n}, st.integers(0, 12)),
    st.builds(lambda n: {"at_least": n}, st.integers(1, 12)),
    st.builds(lambda n: {"at_most": n}, st.integers(0, 12)),
    st.builds(lambda a, b: {"at_least": min(a, b), "at_most": max(a, b)}, st.integers(0, 12), st.integers(0, 12)),
)


@given(name=st.sampled_from(COUNTS), bound=bounds, api=st.integers(0, 12), db=st.integers(0, 12), one=st.booleans())
@settings(deadline=None)
def test_differs_exactly_when_out_of_bounds(name: str, bound: dict[str, int], api: int, db: int, *, one: bool) -> None:
    """There is one difference, naming the count, if and only if the count of the service (or the sum) is out of bounds."""
    count = api if one else api + db
    low, high = bound.get("exactly", bound.get("at_least", 0)), bound.get("exactly", bound.get("at_most", count))
    found = _check(name, **bound, **({"service": "api"} if one else {})).differences(_trace(name, {"api": api, "db": db}))
    assert len(found) == (not low <= count <= high)
    for difference in found:
        assert (difference.check, difference.service) == (name, "api" if one else "")
        assert str(count) in difference.message
        assert all(str(figure) in difference.message for figure in bound.values())


@given(name=st.sampled_from(COUNTS), bound=bounds)
@settings(deadline=None)
def test_writes_what_it_reads(name: str, bound: dict[str, int]) -> None:
    """What a check prints without what was left out makes an equal check."""
    check = _check(name, **bound, service="api")
    assert CHECKS[name].model_validate(check.model_dump(exclude_none=True)) == check
    assert check.model_dump(exclude_none=True) == {"service": "api", **bound}


@pytest.mark.parametrize("name", COUNTS)
@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({}, "it claims nothing: write `exactly`, `at_least` or `at_most`"),
        ({"service": "api"}, "it claims nothing"),
        ({"at_least": 0}, "at least 0 is always so"),
        ({"at_least": 3, "at_most": 2}, "no number is at least 3 and at most 2"),
        ({"exactly": 2, "at_most": 3}, "`exactly` leaves nothing to bound"),
        ({"exactly": 2, "at_least": 1}, "`exactly` leaves nothing to bound"),
        ({"exactly": -1}, "greater than or equal to 0"),
        ({"at_most": "5"}, "valid integer"),
        ({"at_most": True}, "valid integer"),
        ({"at_most": 2.0}, "valid integer"),
        ({"at_mots": 2}, "Extra inputs are not permitted"),
    ],
)
def test_refuses_what_cannot_be_claimed(name: str, fields: dict[str, object], message: str) -> None:
    """Bounds that are missing, empty, contradictory or no whole numbers are refused with the reason."""
    with pytest.raises(ValidationError) as refused:
        _check(name, **fields)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("fields", "count", "sentence"),
    [
        ({"service": "api", "exactly": 3}, 1, "attempts of api: there was 1 attempt, expected exactly 3"),
        ({"at_most": 0}, 2, "attempts: there were 2 attempts, expected at most 0"),
        ({"at_least": 1, "at_most": 2}, 0, "attempts: there were 0 attempts, expected at least 1 and at most 2"),
    ],
)
def test_says_it_in_a_sentence(fields: dict[str, object], count: int, sentence: str) -> None:
    """A difference reads as a sentence with the figures."""
    found = _check("attempts", **fields).differences(_trace("attempts", {"api": count}))
    assert [str(difference) for difference in found] == [sentence]
    assert all(isinstance(difference, Difference) for difference in found)
