"""`ipv6_first`: the name has the address ::1 too, where nobody listens: the localhost trap.

Clients prefer ::1 to 127.0.0.1 (RFC 6724 section 2.1: precedence 50 before 35). One that tries the next address after a
refusal notices nothing; one that takes the first address alone fails with ECONNREFUSED though the server is up.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.verdicts.query import PutSixFirst, QueryVerdict


@final
class Ipv6First(Fault):
    """Put ::1 before the true address."""

    summary: ClassVar[str] = "::1 comes first, while only 127.0.0.1 listens"
    client_sees: ClassVar[str] = "ECONNREFUSED at ::1, if it tries no other address"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 8
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS
    question_types: ClassVar[frozenset[str]] = frozenset({"AAAA"})
    needs_answer: ClassVar[bool] = True

    fault: Literal["ipv6_first"] = "ipv6_first"
    name: Name | None = Field(None, description="of which name; of every name, if left out")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return PutSixFirst()


FAULT = Ipv6First
