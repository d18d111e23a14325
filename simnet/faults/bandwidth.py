"""`bandwidth`: the reply leaves at a limited rate.

The service writes in slices of at most 20 ms of the rate. Rejected: SO_MAX_PACING_RATE is the kernel's own limit, but
lets the first ten segments (640 kB on loopback) out at once, so that below 1 MB/s it would not be the rate asked for.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Direction, Fault, Stage, Steered
from simnet.values import Rate
from simnet.verdicts.reply import Pace, ReplyVerdict


@final
class Bandwidth(Fault):
    """Limit the rate of the reply."""

    summary: ClassVar[str] = "the reply leaves at no more than `rate`"
    client_sees: ClassVar[str] = "a reply that takes its size divided by the rate"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"rate": "200 B/s"}

    fault: Literal["bandwidth"] = "bandwidth"
    rate: Rate = Field(description="bytes per second, at most")
    direction: Steered = Direction.TO_CLIENT

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Pace(self.rate.per_second)


FAULT = Bandwidth
