"""`latency`: how late a reply is, and what jitter it takes."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.latency import Latency
from simnet.values import Duration
from simnet.verdicts.reply import Delay

DAY = 24 * 3600 * 1_000_000
times = st.integers(0, DAY)


def test_the_reply_is_delayed_with_a_draw_of_its_own() -> None:
    """The verdict carries the generator that it was handed, from which each piece's jitter is drawn."""
    draw = Random(1)
    fault = Latency.model_validate({"delay": "200ms", "jitter": "50ms"})
    assert fault.at_reply(draw) == Delay(0.2, 0.05, draw)


def test_without_jitter_the_delay_is_the_same_each_time() -> None:
    """The default is no jitter."""
    verdict = Latency.model_validate({"delay": "1s"}).at_reply(Random(0))
    assert isinstance(verdict, Delay)
    assert (verdict.seconds, verdict.jitter) == (1, 0)


@given(times, times)
@settings(deadline=None, max_examples=100)
def test_jitter_is_at_most_the_delay(delay: int, jitter: int) -> None:
    """A jitter above the delay would send before the reply exists; up to it every one will do."""
    given_values = {"delay": Duration(delay), "jitter": Duration(jitter)}
    if jitter > delay:
        with pytest.raises(ValidationError, match="would send before the reply exists; write at most"):
            Latency.model_validate(given_values)
    else:
        assert Latency.model_validate(given_values).jitter.microseconds == jitter


def test_the_message_shows_the_jitter_and_the_cure() -> None:
    """The author reads what was written and what could be written instead."""
    with pytest.raises(
        ValidationError, match="a jitter of 300ms would send before the reply exists; write at most 200ms"
    ):
        Latency.model_validate({"delay": "200ms", "jitter": "300ms"})


@pytest.mark.parametrize(
    ("given_values", "why"),
    [({}, "Field required"), ({"delay": 200}, "it has no unit"), ({"delay": "1s", "jitter": 5}, "it has no unit")],
)
def test_delay_and_jitter_are_said_with_units(given_values: dict[str, object], why: str) -> None:
    """The delay has no default, and neither has a guessed unit."""
    with pytest.raises(ValidationError, match=why):
        Latency.model_validate(given_values)


def test_it_is_timed_by_what_is_known_of_a_reply() -> None:
    """A reply belongs to a connection and to a request; attempts are over."""
    when = {"connections": 1, "requests": "2-", "during": "..9s", "chance": "5%"}
    assert Latency.model_validate({"delay": "1s", "when": when}).when.asked == set(Condition) - {Condition.ATTEMPTS}
    expected = "`latency` cannot be timed by attempts; it can by connections, requests, during, chance"
    with pytest.raises(ValidationError, match=expected):
        Latency.model_validate({"delay": "1s", "when": {"attempts": 1}})
