"""`dns_truncated`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.dns_truncated import DnsTruncated
from simnet.verdicts.query import Question, TellTruncated


def test_it_does_not_fit() -> None:
    """The answer is the TC bit."""
    assert DnsTruncated().at_query(Random(1)) == TellTruncated()


def test_it_is_about_queries_over_udp() -> None:
    """Over TCP everything fits."""
    fault = DnsTruncated.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in QUESTIONS] == [True, True, True, False, False]


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
    assert DnsTruncated.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`dns_truncated` cannot be timed by {condition}"):
        DnsTruncated.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        DnsTruncated.model_validate({"name": name})
