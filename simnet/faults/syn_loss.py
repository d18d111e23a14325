"""`syn_loss`: the first SYNs of an attempt are lost, a later one gets through.

The SYNs are truly dropped (IP_MINTTL), and the attempt is let in at the moment its own kernel retransmits, so the
steps are those of the machine: 1, 2, 3, 4, 5, 7, 11 s on kernels from 6.5 (tcp_syn_linear_timeouts), 1, 3, 7 s before.
How many are lost is `lose`, or drawn from the seed for each attempt: every SYN is lost with probability `chance`.
Rejected: the kernel's own random selector (SO_ATTACH_REUSEPORT_CBPF) loses SYNs as truly, but from a random source
that no seed repeats.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.values import Chance
from simnet.verdicts.door import DoorVerdict, LoseSyns

MOST_LOST = 6
"""More lost SYNs than this is `drop_syn`: the seventh leaves after 11 s (63 s on older kernels)."""


@final
class SynLoss(Fault):
    """Lose the first SYNs of an attempt."""

    summary: ClassVar[str] = "the first SYNs are lost: connecting takes one or more retransmissions"
    client_sees: ClassVar[str] = "connect() returns late, by the kernel's retry steps (1, 2, 3 ... s)"
    stage: ClassVar[Stage] = Stage.CONNECT
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.MIN_TTL, Lever.SOCK_DIAG, Lever.SIMULTANEOUS_OPEN)
    holds_syns: ClassVar[bool] = True

    fault: Literal["syn_loss"] = "syn_loss"
    lose: int = Field(1, ge=1, le=MOST_LOST, strict=True, description="how many SYNs of each attempt are lost")
    chance: Chance | None = Field(None, description="instead: the chance of each SYN to be lost")

    @override
    def at_door(self, draw: Random) -> DoorVerdict | None:
        lost = self.lose if self.chance is None else self._draw(draw, self.chance.fraction)
        return LoseSyns(lost) if lost else None

    @staticmethod
    def _draw(draw: Random, chance: float) -> int:
        """How many SYNs in a row are lost: geometric, cut off at `MOST_LOST`."""
        for lost in range(MOST_LOST):
            if draw.random() >= chance:
                return lost
        return MOST_LOST


FAULT = SynLoss
