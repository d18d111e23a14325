"""`dns_slow`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.dns_slow import DnsSlow
from simnet.verdicts.query import Late, Question


def test_the_answer_is_late() -> None:
    """By as much as is said, in seconds."""
    assert DnsSlow.model_validate({"delay": "250ms"}).at_query(Random(1)) == Late(0.25)


def test_it_is_about_every_query_for_its_name() -> None:
    """Of any type, over UDP and TCP; of no other name."""
    fault = DnsSlow.model_validate({"name": "api.test", "delay": "250ms"})
    assert [fault.is_about(question) for question in QUESTIONS] == [True, True, True, True, False]


QUESTIONS = [
    Question("api.test", "A", "udp"),
    Question("api.test", "AAAA", "udp"),
    Question("api.test", "TXT", "udp"),
    Question("api.test", "AAAA", "tcp"),
    Question("other.test", "AAAA", "udp"),
]


@pytest.mark.parametrize("condition", ["attempts", "connections"])
def test_it_is_timed_by_queries(condition: str) -> None:
    """Queries are the requests of a resolver; connections, if there are any, carry many."""
    assert DnsSlow.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`dns_slow` cannot be timed by {condition}"):
        DnsSlow.model_validate({"when": {condition: 1}, "delay": "250ms"})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        DnsSlow.model_validate({"name": name, "delay": "250ms"})


def test_how_late_must_be_said_with_a_unit() -> None:
    """There is no delay that everybody means, and no unit."""
    for parameters in ({}, {"delay": 2}):
        with pytest.raises(ValidationError):
            DnsSlow.model_validate(parameters)
    assert DnsSlow.needs_answer
