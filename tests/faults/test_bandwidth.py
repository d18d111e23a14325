"""`bandwidth`: how fast a reply leaves, and which rates it takes."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.bandwidth import Bandwidth
from simnet.faults.contract import Condition
from simnet.verdicts.reply import Pace


@pytest.mark.parametrize(
    ("rate", "per_second"),
    [("1 B/s", 1), ("200 B/s", 200), ("10 kB/s", 10_000), ("64 KiB/s", 65_536), ("100 GB/s", 10**11)],
)
def test_the_reply_leaves_at_the_rate(rate: str, per_second: int) -> None:
    """From a byte a second to a hundred gigabytes: so many bytes in each second."""
    assert Bandwidth.model_validate({"rate": rate}).at_reply(Random(0)) == Pace(per_second)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"rate": 1000}, "it has no unit"),
        ({"rate": "10 kB"}, 'the unit "kB" is not one of'),
        ({"rate": "8 Mbit/s"}, 'the unit "Mbit/s" is not one of'),
        ({"rate": "0 B/s"}, "it must be between 1 B/s and 100 GB/s"),
        ({"rate": "101 GB/s"}, "it must be between 1 B/s and 100 GB/s"),
    ],
)
def test_what_is_no_rate_is_refused(given_values: dict[str, object], why: str) -> None:
    """Bits are not bytes, nothing at all is `stall`, and there is no default."""
    with pytest.raises(ValidationError, match=why):
        Bandwidth.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_reply() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    fault = Bandwidth.model_validate({"rate": "1 kB/s", "when": when})
    assert fault.when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`bandwidth` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Bandwidth.model_validate({"rate": "1 kB/s", "when": {"attempts": 1}})
