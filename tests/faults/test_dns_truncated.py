"""`dns_truncated`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

from simnet.faults.dns_truncated import DnsTruncated
from simnet.verdicts.query import Question, TellTruncated


def test_it_does_not_fit() -> None:
    """The answer is the TC bit."""
    assert DnsTruncated().at_query(Random(1)) == TellTruncated()


def test_it_is_about_queries_over_udp(questions: list[Question]) -> None:
    """Over TCP everything fits."""
    fault = DnsTruncated.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [True, True, True, False, False]
