"""`read_slowly`: how many bytes a second it reads."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.read_slowly import ReadSlowlyFault
from simnet.verdicts.upload import ReadSlowly


def test_it_reads_at_the_rate() -> None:
    """Bytes a second, whatever the unit."""
    assert ReadSlowlyFault.model_validate({"rate": "2 kB/s"}).at_upload(Random(0)) == ReadSlowly(2000)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"rate": 5}, "it has no unit"),
        ({"rate": "0 B/s"}, "."),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """The rate has no default, a unit, and is not nothing: `stop_reading` is."""
    with pytest.raises(ValidationError, match=why):
        ReadSlowlyFault.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert ReadSlowlyFault.model_validate({"rate": "1 kB/s", "when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`read_slowly` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        ReadSlowlyFault.model_validate({"rate": "1 kB/s", "when": {"requests": 1}})
