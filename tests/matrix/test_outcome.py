"""Outcomes: what repeats is compared, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.matrix.outcome import Outcome, Verdict, agree, time_class
from simnet.matrix.wording import MEANINGS, SIGNS, brief, sentence
from tests.matrix.conftest import HANGS, REFUSED, RIGHT, TWICE, cell, outcomes


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "at once"), (0.59, "at once"), (0.6, "1 s"), (1.05, "1 s"), (1.59, "1 s"), (2.01, "2 s"), (5.3, "5 s")],
)
def test_times_have_classes(seconds: float, said: str) -> None:
    """A second wide, about the whole seconds at which clients give up."""
    assert time_class(seconds) == said


@given(outcomes, outcomes)
def test_agreement_is_mutual(one: Outcome, other: Outcome) -> None:
    """Whoever comes first; each agrees with itself."""
    assert agree(one, one)
    assert agree(one, other) == agree(other, one)


@given(outcomes, st.floats(-0.5, 0.5))
def test_what_a_busy_machine_adds_is_no_difference(outcome: Outcome, more: float) -> None:
    """Half a second more or less, wherever the borders of the classes lie."""
    assert agree(outcome, outcome.model_copy(update={"seconds": max(0.0, outcome.seconds + more)}))


def test_what_is_compared() -> None:
    """Errors by type and errno, counts, verdicts, whole seconds; not messages."""
    call = REFUSED.calls[0]
    said = call.model_copy(update={"error": (call.error[0].model_copy(update={"message": "port 7"}), call.error[1])})
    other = call.model_copy(update={"error": call.error[:1]})
    assert agree(REFUSED, REFUSED.model_copy(update={"calls": (said,)}))
    assert not agree(REFUSED, REFUSED.model_copy(update={"calls": (other,)}))
    assert not agree(REFUSED, REFUSED.model_copy(update={"attempts": 2}))
    assert not agree(REFUSED, REFUSED.model_copy(update={"seconds": 1.2}))
    assert agree(REFUSED, REFUSED.model_copy(update={"exit": None}))  # it had reported, and took long to end


@pytest.mark.parametrize(
    ("one", "other", "hanging", "same"),
    [(1, 2, False, False), (5, 6, False, False), (28, 25, False, True), (28, 15, False, False), (2, 3, True, True), (0, 1, True, False)],
)  # fmt: skip
def test_many_tries_are_not_counted_to_the_last(one: int, other: int, hanging: bool, same: bool) -> None:  # noqa: FBT001 - a case
    """Few are; so are those of a client that was ended in the midst of them, but for one."""
    outcome = HANGS if hanging else REFUSED
    first, second = (outcome.model_copy(update={"attempts": count}) for count in (one, other))
    assert agree(first, second) is same


def test_a_cell_in_short_and_in_full() -> None:
    """The innermost errno for a table; the whole chain in a sentence."""
    assert brief(cell(outcome=REFUSED)) == "✗ ECONNREFUSED"
    assert brief(cell(outcome=RIGHT)) == "✓"
    assert brief(cell(outcome=HANGS, others=(REFUSED,))) == "∞ hangs ~"
    assert brief(cell(outcome=TWICE)) == "‼ done 2× ×3"
    assert brief(cell(outcome=REFUSED.model_copy(update={"attempts": 3, "seconds": 3.1}))) == "✗ ECONNREFUSED ×3 3 s"
    assert sentence(REFUSED, 6) == (
        "get: ConnectionError ← OSError [ECONNREFUSED]; at once; 1 attempt, 0 connections, 0 requests"
    )
    assert sentence(HANGS, 6, counts=False) == "get: still waiting after 6 s"


@given(outcomes)
def test_every_outcome_has_words(outcome: Outcome) -> None:
    """Whatever is possible can be told, in one line each."""
    assert brief(cell(outcome=outcome)).startswith(SIGNS[outcome.verdict])
    assert sentence(outcome, 6)
    assert set(MEANINGS) == set(SIGNS) == set(Verdict)
