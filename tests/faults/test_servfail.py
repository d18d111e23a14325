"""`servfail`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.servfail import Servfail
from simnet.verdicts.query import Question, Respond


def test_it_could_not_be_found_out() -> None:
    """The answer is a response code and nothing else."""
    assert Servfail().at_query(Random(1)) == Respond("SERVFAIL")


def test_it_is_about_every_query_for_its_name() -> None:
    """Of any type, over UDP and TCP; of no other name."""
    fault = Servfail.model_validate({"name": "api.test"})
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
    assert Servfail.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`servfail` cannot be timed by {condition}"):
        Servfail.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        Servfail.model_validate({"name": name})
