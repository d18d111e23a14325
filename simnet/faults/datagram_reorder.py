"""`datagram_reorder`: later datagrams overtake this one, as where two paths are of different length.

It is held until `behind` later ones have gone past it. If so many do not come `within` that time it goes on its way all
the same; then nothing was reordered, and the trace says that the fault failed.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import DATAGRAM_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.datagram import DatagramVerdict, Direction, Overtaken


@final
class DatagramReorder(Fault):
    """Let datagrams overtake each other."""

    summary: ClassVar[str] = "later datagrams overtake this one"
    client_sees: ClassVar[str] = "answers out of order"
    stage: ClassVar[Stage] = Stage.DATAGRAM
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = DATAGRAM_CONDITIONS

    fault: Literal["datagram_reorder"] = "datagram_reorder"
    behind: int = Field(1, ge=1, le=1000, strict=True, description="how many later ones go before it")
    within: Duration = Field(Duration(5_000_000), description="how long it waits for them")
    direction: Literal["to_service", "to_client"] = Field(
        "to_client", description="the datagram itself, or what answers it"
    )

    @override
    def at_datagram(self, draw: Random) -> DatagramVerdict:
        return Overtaken(self.behind, self.within.seconds, Direction(self.direction))


FAULT = DatagramReorder
