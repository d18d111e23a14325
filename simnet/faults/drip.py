"""`drip`: the reply comes a few bytes at a time, each in a segment of its own.

Every piece resets a client's read timeout, so a client with a timeout of one second can sit through an hour of this.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Direction, Fault, Stage, Steered
from simnet.values import ByteCount, Duration
from simnet.verdicts.reply import ReplyVerdict, Slice


@final
class Drip(Fault):
    """Send the reply in small pieces with pauses."""

    summary: ClassVar[str] = "the reply drips: `size` bytes every `every`"
    client_sees: ClassVar[str] = "a reply in many small reads; a read timeout never fires"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"size": "8 B", "every": "50ms"}

    fault: Literal["drip"] = "drip"
    size: ByteCount = Field(ByteCount(1), description="bytes in each piece, at least 1 B")
    every: Duration = Field(Duration(100_000), description="time between two pieces")
    direction: Steered = Direction.TO_CLIENT

    @model_validator(mode="after")
    def _pieces_have_bytes(self) -> Self:
        if self.size.count < 1:
            raise ValueError("a drip of 0 B never arrives; write 1 B or more, or use `stall`")
        return self

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Slice(self.size.count, self.every.seconds)


FAULT = Drip
