"""`tls_no_close_notify`: where the connection ends unannounced."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_no_close_notify import TlsNoCloseNotify
from simnet.verdicts.tls import Abandon


def test_it_ends_after_so_many_bytes() -> None:
    """In the midst of a reply, as many bytes of it as are said get out."""
    assert TlsNoCloseNotify.model_validate({"after": "17 B"}).at_tls(Random(0)) == Abandon(17)


def test_it_ends_where_the_service_would_close() -> None:
    """The default changes nothing but the missing close_notify."""
    assert TlsNoCloseNotify.model_validate({}).at_tls(Random(0)) == Abandon(None)


def test_no_bytes_are_not_all_bytes() -> None:
    """`after: 0 B` loses the whole reply, told apart from none said."""
    assert TlsNoCloseNotify.model_validate({"after": "0 B"}).at_tls(Random(0)) == Abandon(0)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 17}, "it has no unit"),
        ({"for": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes have a unit, and an end has no length."""
    with pytest.raises(ValidationError, match=why):
        TlsNoCloseNotify.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsNoCloseNotify.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`tls_no_close_notify` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsNoCloseNotify.model_validate({"when": {"requests": 1}})
