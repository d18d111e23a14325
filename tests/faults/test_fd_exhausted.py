"""`fd_exhausted`: how many descriptors it leaves, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Lever
from simnet.faults.fd_exhausted import FdExhausted
from simnet.verdicts.accept import Starve


@pytest.mark.parametrize("free", [0, 1, 10_000])
def test_so_many_descriptors_are_left(free: int) -> None:
    """From none to ten thousand: so many connections are served at a time."""
    assert FdExhausted(free=free).at_accept(Random(0)) == Starve(free)


def test_none_are_left_where_nothing_is_said() -> None:
    """The default is the plain case: nobody is served."""
    assert FdExhausted().at_accept(Random(0)) == Starve(0)


@pytest.mark.parametrize(
    ("free", "why"),
    [
        (-1, "greater than or equal to 0"),
        (10_001, "less than or equal to 10000"),
        ("3", "valid integer"),
        (True, "valid integer"),
    ],
)
def test_no_process_has_so_many_left(free: object, why: str) -> None:
    """Below nothing, beyond all measure, and what is no number is refused."""
    with pytest.raises(ValidationError, match=why):
        FdExhausted.model_validate({"free": free})


def test_the_handshake_is_not_its_business() -> None:
    """The client's kernel is told that it is connected: only accept(2) fails."""
    assert FdExhausted().at_door(Random(0)) is None
    assert FdExhausted.needs == (Lever.OPEN_FILES,)


@pytest.mark.parametrize("when", [{"attempts": 1}, {"connections": 1}, {"requests": 1}, {"chance": "10%"}])
def test_a_process_is_out_of_descriptors_for_all_or_none(when: dict[str, object]) -> None:
    """Only time can say when: EMFILE does not look at who is in the queue."""
    expected = rf"`fd_exhausted` cannot be timed by {next(iter(when))}; it can by during"
    with pytest.raises(ValidationError, match=expected):
        FdExhausted.model_validate({"when": when})
