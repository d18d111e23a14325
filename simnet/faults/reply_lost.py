"""`reply_lost`: the request is processed, and not a byte of its reply leaves.

It counts in the ledger: whoever sends it again has it done twice, unless it carries an Idempotency-Key. To the client
this looks like a request that never arrived; telling one from the other is what keys are for. With `ending: silence` the
connection stays up and it is the client that gives up.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.reply import Cut, Ending, ReplyVerdict


@final
class ReplyLost(Fault):
    """Lose the reply."""

    summary: ClassVar[str] = "the request is processed, then FIN, RST or silence in place of the reply"
    client_sees: ClassVar[str] = "no reply: end of file, ECONNRESET, or its own read timeout"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 30
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {}

    fault: Literal["reply_lost"] = "reply_lost"
    ending: Literal["FIN", "RST", "silence"] = Field(
        "FIN", description="what comes in place of the reply: FIN, RST or silence"
    )

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Cut(0, Ending(self.ending))


FAULT = ReplyLost
