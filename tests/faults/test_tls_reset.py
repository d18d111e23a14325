"""`tls_reset`: after how many bytes of the handshake the RST comes."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition, Lever
from simnet.faults.tls_reset import TlsReset
from simnet.verdicts.tls import ResetHandshake


def test_the_rst_comes_after_so_many_bytes() -> None:
    """As many bytes of the handshake as are said get out."""
    assert TlsReset.model_validate({"after": "100 B"}).at_tls(Random(0)) == ResetHandshake(100)


def test_the_rst_answers_the_client_hello() -> None:
    """The default: no byte of the service gets out."""
    assert TlsReset.model_validate({}).at_tls(Random(0)) == ResetHandshake(0)


def test_what_it_needs_of_the_kernel() -> None:
    """close(2) sends RST instead of FIN only with SO_LINGER 0."""
    assert TlsReset.needs == (Lever.LINGER,)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"after": "0.5 B"}, "a byte cannot be cut"),
        ({"for": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes are whole and said with a unit; and an end has no length."""
    with pytest.raises(ValidationError, match=why):
        TlsReset.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert TlsReset.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS, Condition.REQUESTS}
    expected = "`tls_reset` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        TlsReset.model_validate({"when": {"requests": 1}})
