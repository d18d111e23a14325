"""`tls_stall`: after how many bytes of the handshake it falls silent, and for how long."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.tls_stall import TlsStall
from simnet.verdicts.tls import StallHandshake


def test_silence_after_so_many_bytes_for_so_long() -> None:
    """Where a time is said, the handshake goes on after it."""
    assert TlsStall.model_validate({"after": "10 B", "for": "2s"}).at_tls(Random(0)) == StallHandshake(10, 2)


def test_no_server_hello_ever_where_nothing_is_said() -> None:
    """The default is the plain case: the ClientHello is never answered."""
    assert TlsStall.model_validate({}).at_tls(Random(0)) == StallHandshake(0, None)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"for": 2}, "it has no unit"),
        ({"for_": "2s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """Neither bytes nor seconds are guessed, and in a file the key is `for`."""
    with pytest.raises(ValidationError, match=why):
        TlsStall.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsStall.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS, Condition.REQUESTS}
    expected = "`tls_stall` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsStall.model_validate({"when": {"requests": 1}})
