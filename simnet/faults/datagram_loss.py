"""`datagram_loss`: a datagram is lost on its way, and nobody is told, for UDP tells nobody (RFC 768).

Who loses it is simnet: the kernel has delivered the datagram to our socket, and it goes no further (`to_service`), or its
answer is never handed to the kernel (`to_client`). A filter that has the kernel drop it (SO_ATTACH_FILTER, free to
everybody on UDP sockets) could not be exact: classic BPF keeps no count, and what it drops wakes nobody, so that in a burst
the second datagram would be over before the filter could be changed. For the client there is no difference: a datagram
that has arrived is not acknowledged. The trace says which it was.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import DATAGRAM_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.datagram import DatagramVerdict, Direction, LoseDatagram


@final
class DatagramLoss(Fault):
    """Lose datagrams."""

    summary: ClassVar[str] = "a datagram, or the answer to it, is lost"
    client_sees: ClassVar[str] = "nothing, until its own timeout"
    stage: ClassVar[Stage] = Stage.DATAGRAM
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = DATAGRAM_CONDITIONS

    fault: Literal["datagram_loss"] = "datagram_loss"
    direction: Literal["to_service", "to_client"] = Field(
        "to_service", description="the datagram itself, or what answers it"
    )

    @override
    def at_datagram(self, draw: Random) -> DatagramVerdict:
        return LoseDatagram(Direction(self.direction))


FAULT = DatagramLoss
