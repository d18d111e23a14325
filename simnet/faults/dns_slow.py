"""`dns_slow`: the answer comes late, as from a resolver that has to ask far away.

Where the delay is longer than the client's patience, it asks again, and the late answer to its first query may meet a
closed socket (ICMP port unreachable) or a client that takes it for the second's.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import QUERY_CONDITIONS, Condition, Fault, Name, Stage
from simnet.values import Duration
from simnet.verdicts.query import Late, QueryVerdict


@final
class DnsSlow(Fault):
    """Answer late."""

    summary: ClassVar[str] = "the answer comes `delay` later"
    client_sees: ClassVar[str] = "a slow look-up, or a query more where it is impatient"
    stage: ClassVar[Stage] = Stage.NAME
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = QUERY_CONDITIONS
    needs_answer: ClassVar[bool] = True
    example: ClassVar[dict[str, str | int]] = {"delay": "200ms"}

    fault: Literal["dns_slow"] = "dns_slow"
    name: Name | None = Field(None, description="of which name; of every name, if left out")
    delay: Duration = Field(description="how much later")

    @override
    def at_query(self, draw: Random) -> QueryVerdict:
        return Late(self.delay.seconds)


FAULT = DnsSlow
