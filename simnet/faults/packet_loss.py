"""`packet_loss`: segments of the client are truly lost, and truly retransmitted.

For each millisecond the seed says whether the accepted socket drops what arrives (IP_MINTTL): data and acknowledgements
of the client alike. So losses come in bursts of a millisecond, as on a busy link, and the client's kernel recovers by
itself (retransmission timeout 200 ms at least). No byte is ever missing from the stream: deleting bytes in user space
and calling that packet loss would teach something false. Losing SYNs is `syn_loss`.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Direction, Fault, Lever, Stage, Steered
from simnet.values import Chance
from simnet.verdicts.reply import Lose, ReplyVerdict


@final
class PacketLoss(Fault):
    """Lose segments of the client."""

    summary: ClassVar[str] = "segments from the client are lost with probability `loss` and retransmitted"
    client_sees: ClassVar[str] = "stalls of 200 ms and more; every byte arrives in the end"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 8
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.MIN_TTL,)
    example: ClassVar[dict[str, str | int]] = {"loss": "50%"}

    fault: Literal["packet_loss"] = "packet_loss"
    loss: Chance = Field(description="the share of milliseconds in which arriving segments are dropped")
    direction: Steered = Direction.TO_CLIENT

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Lose(self.loss.fraction, draw)


FAULT = PacketLoss
