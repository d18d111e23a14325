"""`dns_wrong`: what it decides, and about which queries."""

from __future__ import annotations

from random import Random

import pytest
from pydantic import ValidationError

from simnet.faults.dns_wrong import DnsWrong
from simnet.verdicts.query import PointTo, Question


def test_the_address_is_one_where_nobody_is() -> None:
    """The default is never leased; any other of loopback can be named."""
    assert DnsWrong().at_query(Random(1)) == PointTo("127.255.255.254")


def test_it_is_about_addresses_only(questions: list[Question]) -> None:
    """A query for a text has nothing to do with where a name leads."""
    fault = DnsWrong.model_validate({"name": "api.test"})
    assert [fault.is_about(question) for question in questions] == [True, True, False, True, False]


def test_the_wrong_address_is_of_this_machine() -> None:
    """A client that believes it must not leave the machine."""
    assert DnsWrong(address="::1").at_query(Random(1)) == PointTo("::1")
    for address in ("example.test", "localhost", ""):
        with pytest.raises(ValidationError, match="is not an address of this machine's loopback; write one in"):
            DnsWrong(address=address)
