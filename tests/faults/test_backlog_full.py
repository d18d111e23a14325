"""`backlog_full`: how long a queue it fills, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.backlog_full import BacklogFull
from simnet.faults.contract import Stage
from simnet.verdicts.door import Fill


@pytest.mark.parametrize("backlog", [0, 1, 128])
def test_the_queue_of_that_length_is_filled(backlog: int) -> None:
    """From no place to 128 the answer at the door is a full queue of that length."""
    assert BacklogFull(backlog=backlog).at_door(Random(0)) == Fill(backlog)


def test_the_shortest_queue_where_nothing_is_said() -> None:
    """The default costs the fewest connections of simnet's own."""
    assert BacklogFull().at_door(Random(0)) == Fill(0)


@pytest.mark.parametrize(
    ("backlog", "why"),
    [
        (-1, "greater than or equal to 0"),
        (129, "less than or equal to 128"),
        ("5", "valid integer"),
        (1.5, "valid integer"),
    ],
)
def test_no_queue_has_such_a_length(backlog: object, why: str) -> None:
    """Below nothing, more than simnet fills, and what is no whole number is refused."""
    with pytest.raises(ValidationError, match=why):
        BacklogFull.model_validate({"backlog": backlog})


def test_the_client_meets_it_before_it_is_connected() -> None:
    """The queue is that of accept(2), and what is full of it is felt at the door: the SYN is dropped."""
    assert BacklogFull.stage is Stage.ACCEPT
    assert BacklogFull().at_accept(Random(0)) is None


@pytest.mark.parametrize("when", [{"attempts": 1}, {"connections": 1}, {"requests": 1}, {"chance": "10%"}])
def test_a_queue_is_full_for_all_or_none(when: dict[str, object]) -> None:
    """Only time can say when it is full: the kernel drops the SYN of whoever comes."""
    expected = rf"`backlog_full` cannot be timed by {next(iter(when))}; it can by during"
    with pytest.raises(ValidationError, match=expected):
        BacklogFull.model_validate({"when": when})
