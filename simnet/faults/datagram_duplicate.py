"""`datagram_duplicate`: a datagram arrives more than once, as when a link layer repeats what was received but not acknowledged.

`to_service`: the service does its work again for each copy, so that a request that is not idempotent has its effect
twice. `to_client`: the client gets the same answer again, which it must not take for that to its next request.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import DATAGRAM_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.datagram import DatagramVerdict, Direction, Duplicate


@final
class DatagramDuplicate(Fault):
    """Repeat datagrams."""

    summary: ClassVar[str] = "a datagram, or the answer to it, arrives more than once"
    client_sees: ClassVar[str] = "the same answer again"
    stage: ClassVar[Stage] = Stage.DATAGRAM
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = DATAGRAM_CONDITIONS

    fault: Literal["datagram_duplicate"] = "datagram_duplicate"
    copies: int = Field(1, ge=1, le=100, strict=True, description="how many more than the one")
    direction: Literal["to_service", "to_client"] = Field(
        "to_client", description="the datagram itself, or what answers it"
    )

    @override
    def at_datagram(self, draw: Random) -> DatagramVerdict:
        return Duplicate(self.copies, Direction(self.direction))


FAULT = DatagramDuplicate
