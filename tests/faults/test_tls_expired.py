"""`tls_expired`: how long ago the certificate expired."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_expired import TlsExpired
from simnet.verdicts.tls import Flaw, Present


def test_it_expired_so_long_ago() -> None:
    """The time is kept to the second."""
    assert TlsExpired.model_validate({"since": "90s"}).at_tls(Random(0)) == Present(Flaw.EXPIRED, 90)


def test_an_hour_ago_where_nothing_is_said() -> None:
    """The default is longer than clocks differ."""
    assert TlsExpired.model_validate({}).at_tls(Random(0)) == Present(Flaw.EXPIRED, 3600)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"since": 90}, "it has no unit"),
        ({"since": "2 days"}, "the unit"),
        ({"for": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """A time has a unit that is known."""
    with pytest.raises(ValidationError, match=why):
        TlsExpired.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsExpired.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_expired` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsExpired.model_validate({"when": {"requests": 1}})
