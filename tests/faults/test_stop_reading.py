"""`stop_reading`: after how many bytes it stops reading, and for how long."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.stop_reading import StopReadingFault
from simnet.verdicts.upload import StopReading


def test_it_stops_after_so_many_bytes_for_so_long() -> None:
    """Where a time is said, the rest is read after it."""
    assert StopReadingFault.model_validate({"after": "64 KiB", "for": "2s"}).at_upload(Random(0)) == StopReading(65536, 2)


def test_it_reads_nothing_where_nothing_is_said() -> None:
    """The default is the plain case: not a byte is read, ever."""
    assert StopReadingFault.model_validate({}).at_upload(Random(0)) == StopReading(0, None)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({"after": 10}, "it has no unit"),
        ({"for": 2}, "it has no unit"),
        ({"for_": "2s"}, "Extra inputs are not permitted"),
    ],
)
def test_what_cannot_be_is_refused(given_values: dict[str, object], why: str) -> None:
    """Neither bytes nor seconds are guessed, and in a file the key is `for`."""
    with pytest.raises(ValidationError, match=why):
        StopReadingFault.model_validate(given_values)


def test_its_timing() -> None:
    """It strikes a connection as a whole: which request comes is not known, and attempts are over."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    assert StopReadingFault.model_validate({"when": when}).when.asked == set(Condition) - {
        Condition.ATTEMPTS,
        Condition.REQUESTS,
    }
    expected = "`stop_reading` cannot be timed by requests; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        StopReadingFault.model_validate({"when": {"requests": 1}})
