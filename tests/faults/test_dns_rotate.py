"""`dns_rotate`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

from simnet.faults.dns_rotate import DnsRotate
from simnet.verdicts.query import Question, Rotate


def test_one_address_an_answer() -> None:
    """Which one is a matter of how often was asked, not of the fault."""
    assert DnsRotate().at_query(Random(1)) == Rotate()


def test_it_is_about_addresses_only(questions: list[Question]) -> None:
    """A query for a text has nothing to do with where a name leads."""
    fault = DnsRotate.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [True, True, False, True, False]
