"""`servfail`: the server could not find out (RFC 1035 section 4.1.1, RCODE 2): it says nothing about the name.

glibc asks again, then the next server of /etc/resolv.conf; then getaddrinfo(3) gives EAI_AGAIN, which means try later.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.verdicts.query import QueryVerdict, Respond


@final
class Servfail(Fault):
    """Say that it could not be found out."""

    summary: ClassVar[str] = "SERVFAIL: the server could not find out"
    client_sees: ClassVar[str] = "EAI_AGAIN (temporary failure in name resolution)"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS

    fault: Literal["servfail"] = "servfail"
    name: Name | None = Field(None, description="of which name; of every name, if left out")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return Respond("SERVFAIL")


FAULT = Servfail
