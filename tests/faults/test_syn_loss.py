"""`syn_loss`: how many SYNs are lost, said or drawn."""

from __future__ import annotations

from collections import Counter
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.syn_loss import MOST_LOST, SynLoss
from simnet.values import Chance
from simnet.verdicts.door import DoorVerdict, LoseSyns

DRAWS = 20_000


def drawn(percent: float, seed: int) -> DoorVerdict | None:
    """What an attempt with that seed meets where each SYN is lost with that chance."""
    return SynLoss(chance=Chance(round(percent * 1e4))).at_door(Random(seed))


@pytest.mark.parametrize("lose", range(1, MOST_LOST + 1))
def test_as_many_are_lost_as_is_said(lose: int) -> None:
    """Where a number is said, nothing is left to chance."""
    assert SynLoss(lose=lose).at_door(Random(1)) == SynLoss(lose=lose).at_door(Random(2)) == LoseSyns(lose)


def test_one_is_lost_where_nothing_is_said() -> None:
    """The default is the ordinary case: one lost packet, one second."""
    assert SynLoss().at_door(Random(0)) == LoseSyns(1)


@pytest.mark.parametrize(
    ("lose", "why"),
    [
        (0, "greater than or equal to 1"),
        (MOST_LOST + 1, f"less than or equal to {MOST_LOST}"),
        ("2", "valid integer"),
        (True, "valid integer"),
    ],
)
def test_what_cannot_be_lost_is_refused(lose: object, why: str) -> None:
    """None is no fault, a seventh leaves after 11 s and more, and a text is no number."""
    with pytest.raises(ValidationError, match=why):
        SynLoss.model_validate({"lose": lose})


@given(st.floats(0, 100), st.integers(0, 2**32))
@settings(deadline=None, max_examples=100)
def test_what_is_drawn_is_within_bounds_and_repeatable(percent: float, seed: int) -> None:
    """The same seed loses as many again; at least one and at most `MOST_LOST`, or it is no loss at all."""
    verdict = drawn(percent, seed)
    assert verdict == drawn(percent, seed)
    assert verdict is None or (isinstance(verdict, LoseSyns) and 1 <= verdict.count <= MOST_LOST)


@given(st.integers(0, 2**32))
@settings(deadline=None, max_examples=25)
def test_certainty_is_certain(seed: int) -> None:
    """With 0 % every attempt passes untouched, with 100 % each loses all that can be lost."""
    assert drawn(0, seed) is None
    assert drawn(100, seed) == LoseSyns(MOST_LOST)


@pytest.mark.parametrize("percent", [20, 50, 80])
def test_the_draw_is_geometric(percent: int) -> None:
    """Each SYN is lost with the same chance p whatever went before: k in a row with p**k * (1 - p), cut off at the most."""
    fault, draw, chance = SynLoss(chance=Chance(percent * 10_000)), Random(42), percent / 100
    lost = Counter(verdict.count if isinstance(verdict := fault.at_door(draw), LoseSyns) else 0 for _ in range(DRAWS))
    expected = {k: chance**k * (1 - chance) for k in range(MOST_LOST)} | {MOST_LOST: chance**MOST_LOST}
    for count, share in expected.items():
        spread = (share * (1 - share) / DRAWS) ** 0.5
        assert lost[count] / DRAWS == pytest.approx(share, abs=5 * spread), f"{count} SYNs lost"


def test_a_chance_takes_the_place_of_a_number() -> None:
    """Where a chance is said, `lose` has no say: a lucky attempt loses none."""
    fault = SynLoss(lose=6, chance=Chance(0))
    assert fault.at_door(Random(0)) is None


@pytest.mark.parametrize("condition", ["connections", "requests"])
def test_it_cannot_be_timed_by_what_comes_later(condition: str) -> None:
    """SYNs are lost before there is a connection."""
    expected = rf"`syn_loss` cannot be timed by {condition}; it can by attempts, during, chance"
    with pytest.raises(ValidationError, match=expected):
        SynLoss.model_validate({"when": {condition: 1}})
