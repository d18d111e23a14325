"""`dns_wrong`: the answer is an address at which nobody is, or somebody else: a record that is out of date.

The address is one of loopback. The default is one that no service ever has: whoever connects to it is refused by the
kernel. A query for addresses of the other family finds none, as the record is wrong and not missing.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field, field_validator
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.values import is_loopback
from simnet.verdicts.query import PointTo, QueryVerdict


@final
class DnsWrong(Fault):
    """Give a wrong address."""

    summary: ClassVar[str] = "the answer is another address, or one where nobody is"
    client_sees: ClassVar[str] = "ECONNREFUSED, or the wrong server, under the right name"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 5
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS
    question_types: ClassVar[frozenset[str]] = frozenset({"A", "AAAA"})

    fault: Literal["dns_wrong"] = "dns_wrong"
    name: Name | None = Field(None, description="of which name; of every name, if left out")
    address: str = Field(
        "127.255.255.254", description="the wrong address, of loopback; one where nobody is, if left out"
    )

    @field_validator("address")
    @classmethod
    def _is_here(cls, value: str) -> str:
        if not is_loopback(value):
            raise ValueError(
                f'"{value}" is not an address of this machine\'s loopback; write one in 127.0.0.0/8, or "::1"'
            )
        return value

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return PointTo(self.address)


FAULT = DnsWrong
