"""`dns_wrong`: what it decides, about which queries, and how it can be timed."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.contract import Condition
from simnet.faults.dns_wrong import DnsWrong
from simnet.verdicts.query import PointTo, Question


def test_the_address_is_one_where_nobody_is() -> None:
    """The default is never leased; any other of loopback can be named."""
    assert DnsWrong().at_query(Random(1)) == PointTo("127.255.255.254")


def test_it_is_about_addresses_only() -> None:
    """A query for a text has nothing to do with where a name leads."""
    fault = DnsWrong.model_validate({"name": "api.test"})
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
    assert DnsWrong.honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`dns_wrong` cannot be timed by {condition}"):
        DnsWrong.model_validate({"when": {condition: 1}})


@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_its_name_is_one_that_can_be_looked_up(name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        DnsWrong.model_validate({"name": name})


def test_the_wrong_address_is_of_this_machine() -> None:
    """A client that believes it must not leave the machine."""
    assert DnsWrong(address="::1").at_query(Random(1)) == PointTo("::1")
    for address in ("example.test", "localhost", ""):
        with pytest.raises(ValidationError, match="is not an address of this machine's loopback; write one in"):
            DnsWrong(address=address)
