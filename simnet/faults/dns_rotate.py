"""`dns_rotate`: a name with several addresses gives one of them an answer, in turn (round robin with one record each).

A client that resolves once and keeps the address for ever talks to one server only, and goes on doing so when that
server is gone; one that asks again for every connection meets all. Turns are counted per name and type, so that the
query for AAAA which goes beside each for A skips none.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.verdicts.query import QueryVerdict, Rotate


@final
class DnsRotate(Fault):
    """Give the addresses in turn."""

    summary: ClassVar[str] = "one address an answer, the next one each time"
    client_sees: ClassVar[str] = "another server at each look-up"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 6
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS
    question_types: ClassVar[frozenset[str]] = frozenset({"A", "AAAA"})
    needs_answer: ClassVar[bool] = True

    fault: Literal["dns_rotate"] = "dns_rotate"
    name: Name | None = Field(None, description="of which name; of every name, if left out")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return Rotate()


FAULT = DnsRotate
