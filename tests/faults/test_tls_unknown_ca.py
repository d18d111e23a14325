"""`tls_unknown_ca`: a certificate of a CA that nobody knows."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_unknown_ca import TlsUnknownCa
from simnet.verdicts.tls import Flaw, Present


def test_its_ca_is_another() -> None:
    """There is nothing to choose."""
    assert TlsUnknownCa.model_validate({}).at_tls(Random(0)) == Present(Flaw.UNKNOWN_CA)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"since": "1h"}, "Extra inputs are not permitted"),
        ({"ca": "mine"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """It has no parameters."""
    with pytest.raises(ValidationError, match=why):
        TlsUnknownCa.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsUnknownCa.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_unknown_ca` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsUnknownCa.model_validate({"when": {"requests": 1}})
