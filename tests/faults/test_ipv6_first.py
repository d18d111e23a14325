"""`ipv6_first`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

from simnet.faults.ipv6_first import Ipv6First
from simnet.verdicts.query import PutSixFirst, Question


def test_there_is_an_address_before_the_true_one() -> None:
    """The name gets ::1 as well."""
    assert Ipv6First().at_query(Random(1)) == PutSixFirst()


def test_it_is_about_queries_for_ipv6(questions: list[Question]) -> None:
    """The true address is left as it is, for those who come that far."""
    fault = Ipv6First.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [False, True, False, True, False]
