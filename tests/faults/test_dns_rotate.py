"""`dns_rotate`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.dns_rotate import DnsRotate
from simnet.verdicts.query import Question, Rotate


def test_one_address_an_answer() -> None:
    """Which one is a matter of how often was asked, not of the fault."""
    assert DnsRotate().at_query(Random(1)) == Rotate()


def test_it_is_about_addresses_only() -> None:
    """A query for a text has nothing to do with where a name leads."""
    fault = DnsRotate.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in QUESTIONS] == [True, True, False, True, False]


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
    assert DnsRotate.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`dns_rotate` cannot be timed by {condition}"):
        DnsRotate.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        DnsRotate.model_validate({"name": name})
