"""`reply_lost`: processed, and not answered."""

from __future__ import annotations

from random import Random
from typing import Literal

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.reply_lost import ReplyLost
from simnet.verdicts.reply import Cut, Ending


@pytest.mark.parametrize("ending", ["FIN", "RST", "silence"])
def test_not_a_byte_of_the_reply_gets_out(ending: Literal["FIN", "RST", "silence"]) -> None:
    """In its place comes an end, or nothing for ever."""
    assert ReplyLost(ending=ending).at_reply(Random(0)) == Cut(0, Ending(ending), None)


def test_it_is_not_known_before_the_reply() -> None:
    """The request itself meets nothing: it is processed."""
    assert ReplyLost().at_request(Random(0)) is None
    assert ReplyLost().at_reply(Random(0)) == Cut(0, Ending.FIN)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"ending": "fin"}, "'FIN', 'RST' or 'silence'"),
        ({"after": "1 B"}, "Extra inputs"),
    ],
)
def test_what_is_no_ending_is_refused(given_values: dict[str, object], why: str) -> None:
    """Endings are FIN, RST and silence, written so."""
    with pytest.raises(ValidationError, match=why):
        ReplyLost.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = ReplyLost.model_validate({**ReplyLost.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`reply_lost` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        ReplyLost.model_validate({**ReplyLost.example, "when": {"attempts": 1}})
