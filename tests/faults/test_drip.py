"""`drip`: how large the pieces are, how far apart, and which pieces it takes."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.drip import Drip
from simnet.verdicts.reply import Slice


def test_pieces_of_the_size_leave_at_the_distance() -> None:
    """The verdict is in bytes and seconds."""
    assert Drip.model_validate({"size": "8 B", "every": "50ms"}).at_reply(Random(0)) == Slice(8, 0.05)


def test_a_byte_every_tenth_of_a_second_where_nothing_is_said() -> None:
    """The default is the slowest drip that still shows progress."""
    assert Drip().at_reply(Random(0)) == Slice(1, 0.1)


def test_pieces_may_follow_at_once() -> None:
    """Without a pause it is slicing: each piece in a segment of its own."""
    assert Drip.model_validate({"every": "0s"}).at_reply(Random(0)) == Slice(1, 0)


def test_a_piece_has_bytes() -> None:
    """A drip of nothing never arrives; the message names the fault that was perhaps meant."""
    with pytest.raises(ValidationError, match="a drip of 0 B never arrives; write 1 B or more, or use `stall`"):
        Drip.model_validate({"size": "0 B"})


@pytest.mark.parametrize(
    ("given_values", "why"),
    [({"size": 8}, "it has no unit"), ({"size": "1.5 B"}, "a byte cannot be cut"), ({"every": 50}, "it has no unit")],
)
def test_size_and_distance_are_said_with_units(given_values: dict[str, object], why: str) -> None:
    """Neither bytes nor seconds are guessed."""
    with pytest.raises(ValidationError, match=why):
        Drip.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_reply() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    assert Drip.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`drip` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Drip.model_validate({"when": {"attempts": 1}})
