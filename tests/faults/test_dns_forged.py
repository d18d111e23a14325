"""`dns_forged`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.dns_forged import DnsForged
from simnet.verdicts.query import Forge, Forgery, Question


def test_junk_comes_first() -> None:
    """Three bytes, 50 ms ahead, if nothing is said."""
    assert DnsForged().at_query(Random(1)) == Forge(Forgery.JUNK, 0.05)


def test_it_is_about_queries_over_udp(questions: list[Question]) -> None:
    """Nobody else can write into a TCP connection."""
    fault = DnsForged.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [True, True, True, False, False]


def test_what_is_forged_can_be_chosen() -> None:
    """Each name in YAML is a forgery that the service can make."""
    for forgery in Forgery:
        assert DnsForged.model_validate({"what": forgery.value}).at_query(Random(1)) == Forge(forgery, 0.05)
    with pytest.raises(ValidationError):
        DnsForged.model_validate({"what": "poison"})
