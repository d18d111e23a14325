"""`slow_close`: how late the FIN is."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.slow_close import SlowClose
from simnet.verdicts.reply import LateFin


def test_the_fin_leaves_so_late() -> None:
    """The delay is that of the FIN alone."""
    assert SlowClose.model_validate({"delay": "1.5s"}).at_reply(Random(0)) == LateFin(1.5)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"delay": 5}, "it has no unit"),
        ({"after": "1 B", "delay": "1s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """The delay has no default, and no guessed unit."""
    with pytest.raises(ValidationError, match=why):
        SlowClose.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert SlowClose.model_validate({"delay": "1s", "when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`slow_close` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        SlowClose.model_validate({"delay": "1s", "when": {"requests": 1}})
