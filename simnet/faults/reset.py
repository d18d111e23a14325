"""`reset`: the reply ends with a RST after exactly so many bytes.

simnet waits until the client's kernel has acknowledged the bytes (SIOCOUTQ is 0, tcp(7)) before it aborts with
SO_LINGER 0: data that arrived before the RST stays readable at the client, data that had not left is lost.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Direction, Fault, Lever, Stage, Steered
from simnet.values import ByteCount
from simnet.verdicts.reply import Cut, Ending, ReplyVerdict


@final
class ResetFault(Fault):
    """End the reply with a RST."""

    summary: ClassVar[str] = "RST after `after` bytes of the reply"
    client_sees: ClassVar[str] = "the bytes, then ECONNRESET"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 6
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.LINGER,)
    example: ClassVar[dict[str, str | int]] = {"after": "10 B"}

    fault: Literal["reset"] = "reset"
    after: ByteCount = Field(ByteCount(0), description="bytes of the reply that get out before the RST")
    direction: Steered = Direction.TO_CLIENT

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Cut(self.after.count, Ending.RST)


FAULT = ResetFault
