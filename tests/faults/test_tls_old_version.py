"""`tls_old_version`: which version it knows."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_old_version import TlsOldVersion
from simnet.verdicts.tls import OldVersion


def test_it_knows_no_later_version() -> None:
    """The version that is said is the latest that it knows."""
    assert TlsOldVersion.model_validate({"version": "1.1"}).at_tls(Random(0)) == OldVersion("1.1")


def test_the_oldest_where_nothing_is_said() -> None:
    """The default is TLS 1.0."""
    assert TlsOldVersion.model_validate({}).at_tls(Random(0)) == OldVersion("1.0")


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"version": "1.2"}, "Input should be"),
        ({"version": 1.0}, "Input should be"),
        ({"version": "SSLv3"}, "Input should be"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """TLS 1.2 is not too old for anybody, and SSL 3 is not offered by anybody."""
    with pytest.raises(ValidationError, match=why):
        TlsOldVersion.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsOldVersion.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_old_version` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsOldVersion.model_validate({"when": {"requests": 1}})
