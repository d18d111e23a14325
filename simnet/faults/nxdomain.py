"""`nxdomain`: the name does not exist, says the server (RFC 1035 section 4.1.1, RCODE 3).

A resolver may keep the answer for as long as the SOA beside it says (RFC 2308 section 5), so a name that comes late, as
in a new deployment, may stay unknown to some clients for long.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.verdicts.query import QueryVerdict, Respond


@final
class Nxdomain(Fault):
    """Say that there is no such name."""

    summary: ClassVar[str] = "NXDOMAIN: no such name"
    client_sees: ClassVar[str] = "EAI_NONAME (name or service not known), at once"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS

    fault: Literal["nxdomain"] = "nxdomain"
    name: Name | None = Field(None, description="of which name; of every name, if left out")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return Respond("NXDOMAIN")


FAULT = Nxdomain
