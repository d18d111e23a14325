"""`half_open`: after how many bytes of the reply the peer is gone."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition, Lever
from simnet.faults.half_open import HalfOpen
from simnet.verdicts.reply import Vanish


def test_it_vanishes_after_so_many_bytes() -> None:
    """In the midst of a reply, as many bytes of it as are said get out."""
    assert HalfOpen.model_validate({"after": "17 B"}).at_reply(Random(0)) == Vanish(17)


def test_it_vanishes_after_the_reply() -> None:
    """The default is a connection that rests."""
    assert HalfOpen.model_validate({}).at_reply(Random(0)) == Vanish(None)


def test_no_bytes_are_not_all_bytes() -> None:
    """`after: 0 B` is a peer that is gone at once, told apart from none said."""
    assert HalfOpen.model_validate({"after": "0 B"}).at_reply(Random(0)) == Vanish(0)


def test_what_it_needs_of_the_kernel() -> None:
    """Only a key that the peer does not have keeps our own FIN from it."""
    assert HalfOpen.needs == (Lever.MD5_KEY,)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 17}, "it has no unit"),
        ({"for": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bytes have a unit; and who has vanished does not come back: `black_hole` can heal."""
    with pytest.raises(ValidationError, match=why):
        HalfOpen.model_validate(given_values)


def test_its_timing() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    assert HalfOpen.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`half_open` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        HalfOpen.model_validate({"when": {"attempts": 1}})
