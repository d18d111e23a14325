"""`continue_withheld`: no leave to send a body."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.continue_withheld import ContinueWithheld
from simnet.faults.contract import Condition
from simnet.verdicts.request import WithholdContinue


def test_there_is_nothing_to_say_about_it() -> None:
    """It has no parameters: 100 is sent or it is not."""
    assert ContinueWithheld().at_request(Random(0)) == WithholdContinue()
    assert set(ContinueWithheld.model_fields) == {"fault", "when", "required"}


def test_it_is_timed_by_what_is_known_of_a_request() -> None:
    """A request has its number and that of its connection; attempts are long over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = ContinueWithheld.model_validate({**ContinueWithheld.example, "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`continue_withheld` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        ContinueWithheld.model_validate({**ContinueWithheld.example, "when": {"attempts": 1}})
