"""`stall`: the reply stops and the connection stays open.

The kernel goes on acknowledging what the client sends, so TCP itself finds nothing wrong (no keep-alive fails, no
retransmission): only a timeout of the client's own ends the wait. A `for` lets the rest follow after that time.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Direction, Fault, Stage, Steered
from simnet.values import ByteCount, Duration
from simnet.verdicts.reply import Cut, Ending, ReplyVerdict


@final
class Stall(Fault):
    """Fall silent in the middle of the reply."""

    summary: ClassVar[str] = "after `after` bytes nothing more comes; the connection stays up"
    client_sees: ClassVar[str] = "nothing: its own read timeout"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "10 B"}

    fault: Literal["stall"] = "stall"
    after: ByteCount = Field(ByteCount(0), description="bytes of the reply that get out first")
    for_: Duration | None = Field(None, alias="for", description="how long; for ever, if left out")
    direction: Steered = Direction.TO_CLIENT

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Cut(self.after.count, Ending.SILENCE, None if self.for_ is None else self.for_.seconds)


FAULT = Stall
