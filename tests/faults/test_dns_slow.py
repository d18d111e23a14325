"""`dns_slow`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.dns_slow import DnsSlow
from simnet.verdicts.query import Late, Question


def test_the_answer_is_late() -> None:
    """By as much as is said, in seconds."""
    assert DnsSlow.model_validate({"delay": "250ms"}).at_query(Random(1)) == Late(0.25)


def test_it_is_about_every_query_for_its_name(questions: list[Question]) -> None:
    """Of any type, over UDP and TCP; of no other name."""
    fault = DnsSlow.model_validate({"name": "api.test", "delay": "250ms"})
    assert [fault.is_about(question) for question in questions] == [True, True, True, True, False]


def test_how_late_must_be_said_with_a_unit() -> None:
    """There is no delay that everybody means, and no unit."""
    for parameters in ({}, {"delay": 2}):
        with pytest.raises(ValidationError):
            DnsSlow.model_validate(parameters)
    assert DnsSlow.needs_answer
