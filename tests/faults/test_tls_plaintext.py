"""`tls_plaintext`: an answer that is no TLS."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_plaintext import TlsPlaintext
from simnet.verdicts.tls import PlainAnswer


def test_it_answers_in_http() -> None:
    """There is nothing to choose."""
    assert TlsPlaintext.model_validate({}).at_tls(Random(0)) == PlainAnswer()


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": "1 B"}, "Extra inputs are not permitted"),
        ({"status": 400}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """It has no parameters."""
    with pytest.raises(ValidationError, match=why):
        TlsPlaintext.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsPlaintext.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_plaintext` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsPlaintext.model_validate({"when": {"requests": 1}})
