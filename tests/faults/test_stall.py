"""`stall`: after how many bytes it falls silent, and for how long."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.stall import Stall
from simnet.verdicts.reply import Cut, Ending


def test_silence_after_so_many_bytes_for_so_long() -> None:
    """Where a time is said, the rest of the reply follows after it."""
    fault = Stall.model_validate({"after": "10 B", "for": "2s"})
    assert fault.at_reply(Random(0)) == Cut(10, Ending.SILENCE, 2)


def test_silence_at_once_and_for_ever_where_nothing_is_said() -> None:
    """The default is the plain case: not a byte comes, ever."""
    assert Stall().at_reply(Random(0)) == Cut(0, Ending.SILENCE, None)


def test_no_time_is_not_for_ever() -> None:
    """`for: 0s` is a silence of no length, told apart from none said."""
    assert Stall.model_validate({"for": "0s"}).at_reply(Random(0)) == Cut(0, Ending.SILENCE, 0)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"after": "10ms"}, 'the unit "ms" is not one of B, kB'),
        ({"for": 2}, "it has no unit"),
        ({"for_": "2s"}, "Extra inputs are not permitted"),
    ],
)
def test_bytes_and_time_are_said_with_units(given_values: dict[str, object], why: str) -> None:
    """Neither bytes nor seconds are guessed, and in a file the key is `for`."""
    with pytest.raises(ValidationError, match=why):
        Stall.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_reply() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    assert Stall.model_validate({"when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`stall` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Stall.model_validate({"when": {"attempts": 1}})
