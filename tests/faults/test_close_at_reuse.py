"""`close_at_reuse`: the end when a connection is used again."""

from __future__ import annotations

from random import Random
from typing import Literal

import pytest
from pydantic import ValidationError

from simnet.faults.close_at_reuse import CloseAtReuse
from simnet.faults.contract import Condition
from simnet.verdicts.reply import Ending
from simnet.verdicts.rest import EndAtReuse


@pytest.mark.parametrize("ending", ["FIN", "RST"])
@pytest.mark.parametrize("read", ["nothing", "whole"])
def test_it_ends_so_and_then(ending: Literal["FIN", "RST"], read: Literal["nothing", "whole"]) -> None:
    """By FIN or RST, with the next request unread or read whole."""
    expected = EndAtReuse(Ending(ending), whole=read == "whole")
    assert CloseAtReuse(ending=ending, read=read).at_rest(Random(0)) == expected


def test_what_it_is_by_default() -> None:
    """The race as it mostly is: the server's FIN is on its way, and nobody reads the request."""
    assert CloseAtReuse().at_rest(Random(0)) == EndAtReuse(Ending.FIN, whole=False)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"ending": "silence"}, "'FIN' or 'RST'"),
        ({"read": "half"}, "'nothing' or 'whole'"),
        ({"after": "1s"}, "Extra inputs"),
    ],
)
def test_what_is_neither_is_refused(given_values: dict[str, object], why: str) -> None:
    """There are two endings and two moments."""
    with pytest.raises(ValidationError, match=why):
        CloseAtReuse.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """The rest after a request has the number of that request and of its connection."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = CloseAtReuse.model_validate({**CloseAtReuse.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`close_at_reuse` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        CloseAtReuse.model_validate({**CloseAtReuse.example, "when": {"attempts": 1}})
