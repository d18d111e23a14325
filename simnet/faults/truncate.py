"""`truncate`: the reply ends early, in good order: FIN.

TCP has no complaint; whether the client notices is the point (wget calls a truncated chunked body a success). simnet
reads on until the client closes, so that no RST follows the FIN.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Direction, Fault, Stage, Steered
from simnet.values import ByteCount
from simnet.verdicts.reply import Cut, Ending, ReplyVerdict


@final
class Truncate(Fault):
    """End the reply early with a FIN."""

    summary: ClassVar[str] = "FIN after `after` bytes of the reply"
    client_sees: ClassVar[str] = "end of file before the reply is complete"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 5
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "10 B"}

    fault: Literal["truncate"] = "truncate"
    after: ByteCount = Field(ByteCount(0), description="bytes of the reply that get out")
    direction: Steered = Direction.TO_CLIENT

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Cut(self.after.count, Ending.FIN)


FAULT = Truncate
