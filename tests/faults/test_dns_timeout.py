"""`dns_timeout`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

from simnet.faults.dns_timeout import DnsTimeout
from simnet.verdicts.query import Question, Silence


def test_nobody_answers() -> None:
    """There is no answer at all."""
    assert DnsTimeout().at_query(Random(1)) == Silence()


def test_it_is_about_every_query_for_its_name(questions: list[Question]) -> None:
    """Of any type, over UDP and TCP; of no other name."""
    fault = DnsTimeout.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [True, True, True, True, False]
