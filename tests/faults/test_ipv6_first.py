"""`ipv6_first`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.ipv6_first import Ipv6First
from simnet.verdicts.query import PutSixFirst, Question


def test_there_is_an_address_before_the_true_one() -> None:
    """The name gets ::1 as well."""
    assert Ipv6First().at_query(Random(1)) == PutSixFirst()


def test_it_is_about_queries_for_ipv6() -> None:
    """The true address is left as it is, for those who come that far."""
    fault = Ipv6First.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in QUESTIONS] == [False, True, False, True, False]


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
    assert Ipv6First.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`ipv6_first` cannot be timed by {condition}"):
        Ipv6First.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        Ipv6First.model_validate({"name": name})
