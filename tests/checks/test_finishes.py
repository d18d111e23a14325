"""`finishes`: by itself, in time, with the exit status it should have."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.checks.finishes import Finishes
from simnet.trace.events import ClientEnded, ClientStarted, Event
from simnet.trace.journal import Trace
from simnet.values import Duration

START = ClientStarted(t=0, command="curl http://127.20.0.1:8080/")


def _said(check: Finishes, *events: Event) -> list[str]:
    return [difference.message for difference in check.differences(Trace("t", 0, events))]


def _ended(status: int = 0, seconds: float = 1.0, *, stopped: bool = False) -> ClientEnded:
    return ClientEnded(t=seconds, status=status, seconds=seconds, stopped=stopped)


@given(
    within=st.none() | st.integers(1, 10**9),
    status=st.integers(-15, 255),
    wanted=st.none() | st.integers(0, 255),
    micros=st.integers(0, 10**9),
)
@settings(deadline=None)
def test_differs_exactly_when_late_or_with_another_status(
    within: int | None, status: int, wanted: int | None, micros: int
) -> None:
    """There is one difference for being late and one for another exit status, and no other."""
    check = Finishes(within=None if within is None else Duration(within), exit=wanted)
    late = within is not None and micros > within
    wrong = wanted is not None and status != wanted
    assert len(_said(check, START, _ended(status, micros / 1e6))) == late + wrong


def test_what_it_says() -> None:
    """The sentences name the time taken, the status or the signal, and what was expected."""
    check = Finishes(within=Duration.parse("30s"), exit=0)
    assert _said(check, START, _ended(7, 31.25)) == [
        "it took 31.25s, expected at most 30s",
        "it exited with status 7, expected exit status 0",
    ]
    assert _said(check, START, _ended(-11, 0.25)) == ["it was ended by SIGSEGV, expected exit status 0"]
    assert _said(check, START, _ended(-99)) == ["it was ended by signal 99, expected exit status 0"]


def test_a_stopped_program_has_not_finished() -> None:
    """A program that simnet ended differs, even if its status is the expected one."""
    assert _said(Finishes(exit=0), START, _ended(0, 0.5, stopped=True)) == [
        "it did not end by itself: simnet stopped it after 500ms"
    ]


def test_without_a_program() -> None:
    """If no program was run, or it never ended, the difference says which of the two."""
    assert _said(Finishes()) == ["no program under test was run: simnet run FILE -- CMD"]
    assert _said(Finishes(), START) == ["the program under test never ended"]
    assert _said(Finishes(), START, _ended(3)) == []


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"within": 30}, "it has no unit"),
        ({"within": "0s"}, "no program ends within no time"),
        ({"exit": 256}, "less than or equal to 255"),
        ({"exit": -1}, "greater than or equal to 0"),
        ({"exit": True}, "valid integer"),
        ({"status": 0}, "Extra inputs are not permitted"),
    ],
)
def test_refuses_what_cannot_be_claimed(fields: dict[str, object], message: str) -> None:
    """A bare number, an impossible time and an impossible status are refused with the reason."""
    with pytest.raises(ValidationError) as refused:
        Finishes.model_validate(fields)
    assert message in str(refused.value)
