"""`black_hole`: after how many bytes the peer is gone, and for how long."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.black_hole import BlackHole
from simnet.faults.contract import Condition, Lever
from simnet.verdicts.reply import Deafen


def test_the_peer_is_deaf_after_so_many_bytes_for_so_long() -> None:
    """Where a time is said, the peer is back after it."""
    assert BlackHole.model_validate({"after": "10 B", "for": "2s"}).at_reply(Random(0)) == Deafen(10, 2)


def test_gone_at_accept_and_for_ever_where_nothing_is_said() -> None:
    """The default is the plain case: connected, and gone."""
    assert BlackHole().at_reply(Random(0)) == Deafen(0, None)


def test_no_time_is_not_for_ever() -> None:
    """`for: 0s` is a hole of no length, told apart from none said."""
    assert BlackHole.model_validate({"for": "0s"}).at_reply(Random(0)) == Deafen(0, 0)


def test_it_needs_a_kernel_that_drops_segments() -> None:
    """The client's segments are dropped before TCP sees them, by IP_MINTTL."""
    assert BlackHole.needs == (Lever.MIN_TTL,)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"for": 2}, "it has no unit"),
        ({"for_": "2s"}, "Extra inputs are not permitted"),
    ],
)
def test_bytes_and_time_are_said_with_units(given_values: dict[str, object], why: str) -> None:
    """Neither bytes nor seconds are guessed, and in a file the key is `for`."""
    with pytest.raises(ValidationError, match=why):
        BlackHole.model_validate(given_values)


def test_it_is_timed_by_connections_time_and_chance() -> None:
    """The whole connection is gone, whichever request it is at."""
    fault = BlackHole.model_validate({"when": {"connections": "2-", "during": "..9s", "chance": "5%"}})
    assert fault.when.asked == {Condition.CONNECTIONS, Condition.DURING, Condition.CHANCE}


@pytest.mark.parametrize("condition", ["attempts", "requests"])
def test_it_cannot_be_timed_by_what_is_not_its_unit(condition: str) -> None:
    """A peer that has vanished does not come back for the next request."""
    expected = rf"`black_hole` cannot be timed by {condition}; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        BlackHole.model_validate({"when": {condition: 1}})
