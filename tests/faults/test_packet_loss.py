"""`packet_loss`: how much is lost, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition, Lever
from simnet.faults.packet_loss import PacketLoss
from simnet.values import Chance
from simnet.verdicts.reply import Lose


@given(st.integers(0, 1_000_000))
@settings(deadline=None, max_examples=50)
def test_that_share_is_lost_by_a_draw_of_its_own(millionths: int) -> None:
    """The verdict is a probability and the generator that was handed in, from which each slot is drawn."""
    draw = Random(1)
    assert PacketLoss(loss=Chance(millionths)).at_reply(draw) == Lose(millionths / 1e6, draw)


@pytest.mark.parametrize(
    ("given_values", "why"),
    [
        ({}, "Field required"),
        ({"loss": 0.3}, "it has no unit"),
        ({"loss": "30"}, "it has no unit"),
        ({"loss": "101%"}, "nothing is likelier than 100%"),
        ({"loss": "-1%"}, "is not a chance"),
    ],
)
def test_the_share_is_said_in_per_cent(given_values: dict[str, object], why: str) -> None:
    """0.3 might be a third or a third of one per cent, so it is refused; there is no default."""
    with pytest.raises(ValidationError, match=why):
        PacketLoss.model_validate(given_values)


def test_it_needs_a_kernel_that_drops_segments() -> None:
    """The client's segments are dropped before TCP sees them, by IP_MINTTL, and its kernel sends them again."""
    assert PacketLoss.needs == (Lever.MIN_TTL,)
    assert not PacketLoss.holds_syns, "losing SYNs is `syn_loss`"


def test_loss_and_chance_are_two_things() -> None:
    """`chance` says which connections are lossy, `loss` how lossy they are."""
    fault = PacketLoss.model_validate({"loss": "1%", "when": {"chance": "50%"}})
    assert (str(fault.loss), str(fault.when)) == ("1%", "chance 50%")


def test_it_is_timed_by_connections_time_and_chance() -> None:
    """Segments belong to a connection, and may carry any request."""
    when = {"connections": "2-", "during": "..9s", "chance": "5%"}
    fault = PacketLoss.model_validate({"loss": "1%", "when": when})
    assert fault.when.asked == {Condition.CONNECTIONS, Condition.DURING, Condition.CHANCE}


@pytest.mark.parametrize("condition", ["attempts", "requests"])
def test_it_cannot_be_timed_by_what_is_not_its_unit(condition: str) -> None:
    """A segment does not know of which request it is."""
    expected = rf"`packet_loss` cannot be timed by {condition}; it can by connections, during, chance"
    with pytest.raises(ValidationError, match=expected):
        PacketLoss.model_validate({"loss": "1%", "when": {condition: 1}})
