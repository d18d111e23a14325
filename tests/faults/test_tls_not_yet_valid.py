"""`tls_not_yet_valid`: how long the certificate is still not valid."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_not_yet_valid import TlsNotYetValid
from simnet.verdicts.tls import Flaw, Present


def test_it_becomes_valid_in_so_long() -> None:
    """The time is kept to the second."""
    assert TlsNotYetValid.model_validate({"for": "90s"}).at_tls(Random(0)) == Present(Flaw.NOT_YET_VALID, 90)


def test_an_hour_where_nothing_is_said() -> None:
    """The default is longer than clocks differ."""
    assert TlsNotYetValid.model_validate({}).at_tls(Random(0)) == Present(Flaw.NOT_YET_VALID, 3600)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"for": 90}, "it has no unit"),
        ({"for_": "90s"}, "Extra inputs are not permitted"),
        ({"since": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """A time has a unit, and in a file the key is `for`."""
    with pytest.raises(ValidationError, match=why):
        TlsNotYetValid.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsNotYetValid.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_not_yet_valid` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsNotYetValid.model_validate({"when": {"requests": 1}})
