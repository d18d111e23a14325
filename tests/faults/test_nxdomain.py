"""`nxdomain`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

from simnet.faults.nxdomain import Nxdomain
from simnet.verdicts.query import Question, Respond


def test_there_is_no_such_name() -> None:
    """The answer is a response code and nothing else."""
    assert Nxdomain().at_query(Random(1)) == Respond("NXDOMAIN")


def test_it_is_about_every_query_for_its_name(questions: list[Question]) -> None:
    """Of any type, over UDP and TCP; of no other name."""
    fault = Nxdomain.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [True, True, True, True, False]
