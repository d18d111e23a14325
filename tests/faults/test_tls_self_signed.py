"""`tls_self_signed`: a certificate without a CA."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_self_signed import TlsSelfSigned
from simnet.verdicts.tls import Flaw, Present


def test_it_has_signed_for_itself() -> None:
    """There is nothing to choose."""
    assert TlsSelfSigned.model_validate({}).at_tls(Random(0)) == Present(Flaw.SELF_SIGNED)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"since": "1h"}, "Extra inputs are not permitted"),
        ({"host": "api.test"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """It has no parameters."""
    with pytest.raises(ValidationError, match=why):
        TlsSelfSigned.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsSelfSigned.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_self_signed` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsSelfSigned.model_validate({"when": {"requests": 1}})
