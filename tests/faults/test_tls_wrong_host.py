"""`tls_wrong_host`: whom the certificate names."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_wrong_host import TlsWrongHost
from simnet.verdicts.tls import Flaw, Present


def test_it_names_another_host() -> None:
    """The host that is said stands in the certificate, alone."""
    assert TlsWrongHost.model_validate({"host": "old-api.test"}).at_tls(Random(0)) == Present(
        Flaw.WRONG_HOST, host="old-api.test"
    )


def test_nobody_where_nothing_is_said() -> None:
    """The default names a host that can never exist (RFC 6761 section 6.4)."""
    assert TlsWrongHost.model_validate({}).at_tls(Random(0)) == Present(Flaw.WRONG_HOST, host="another-host.invalid")


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"host": "two words"}, "host name"),
        ({"host": ""}, "host name"),
        ({"host": 5}, "valid string"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """What is no host name cannot stand in a certificate."""
    with pytest.raises(ValidationError, match=why):
        TlsWrongHost.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsWrongHost.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_wrong_host` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsWrongHost.model_validate({"when": {"requests": 1}})
