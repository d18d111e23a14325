"""`dns_timeout`: the query arrives and is never answered.

A stub resolver waits and asks again: 5 s twice with glibc (timeout and attempts of resolv.conf(5)), so that a program
which sets a timeout of 1 s for its connect may well hang for 10 s before it has an address to connect to. The server is
there: its port is open and its kernel took the datagram. A server that is not there answers with ICMP.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.verdicts.query import QueryVerdict, Silence


@final
class DnsTimeout(Fault):
    """Do not answer."""

    summary: ClassVar[str] = "the query is never answered"
    client_sees: ClassVar[str] = "a wait of 5 s, asked again, another 5 s, then EAI_AGAIN (glibc)"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS

    fault: Literal["dns_timeout"] = "dns_timeout"
    name: Name | None = Field(None, description="of which name; of every name, if left out")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return Silence()


FAULT = DnsTimeout
