"""`dns_truncated`: the UDP answer has the TC bit and nothing else: the client is to ask again over TCP (RFC 7766 section 5).

Networks and programs that know DNS as "UDP port 53" only fail here, and only for names with long answers. Queries over TCP are
answered.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.verdicts.query import QueryVerdict, TellTruncated


@final
class DnsTruncated(Fault):
    """Say that the answer does not fit."""

    summary: ClassVar[str] = "the answer over UDP does not fit (TC bit): ask again over TCP"
    client_sees: ClassVar[str] = "a second query, over TCP; nothing, where that is not done"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 7
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS
    over: ClassVar[frozenset[str]] = frozenset({"udp"})
    needs_answer: ClassVar[bool] = True

    fault: Literal["dns_truncated"] = "dns_truncated"
    name: Name | None = Field(None, description="of which name; of every name, if left out")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return TellTruncated()


FAULT = DnsTruncated
