"""`dns_forged`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.dns_forged import DnsForged
from simnet.verdicts.query import Forge, Forgery, Question


def test_junk_comes_first() -> None:
    """Three bytes, 50 ms ahead, if nothing is said."""
    assert DnsForged().at_query(Random(1)) == Forge(Forgery.JUNK, 0.05)


def test_it_is_about_queries_over_udp() -> None:
    """Nobody else can write into a TCP connection."""
    fault = DnsForged.model_validate({"name": "api.test"})
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
    assert DnsForged.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`dns_forged` cannot be timed by {condition}"):
        DnsForged.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        DnsForged.model_validate({"name": name})


def test_what_is_forged_can_be_chosen() -> None:
    """Each name in YAML is a forgery that the service can make."""
    for forgery in Forgery:
        assert DnsForged.model_validate({"what": forgery.value}).at_query(Random(1)) == Forge(forgery, 0.05)
    with pytest.raises(ValidationError):
        DnsForged.model_validate({"what": "poison"})
