"""`half_close`: after how many bytes of the reply it closes its half."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.half_close import HalfCloseFault
from simnet.verdicts.reply import HalfClose


def test_the_fin_comes_after_so_many_bytes() -> None:
    """In the midst of a reply, as many bytes of it as are said get out."""
    assert HalfCloseFault.model_validate({"after": "17 B"}).at_reply(Random(0)) == HalfClose(17)


def test_the_fin_comes_after_the_reply() -> None:
    """The default is a reply that is whole."""
    assert HalfCloseFault.model_validate({}).at_reply(Random(0)) == HalfClose(None)


def test_no_bytes_are_not_all_bytes() -> None:
    """`after: 0 B` says nothing at all, told apart from none said."""
    assert HalfCloseFault.model_validate({"after": "0 B"}).at_reply(Random(0)) == HalfClose(0)


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
        HalfCloseFault.model_validate(given_values)


def test_its_timing() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    assert HalfCloseFault.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`half_close` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        HalfCloseFault.model_validate({"when": {"attempts": 1}})
