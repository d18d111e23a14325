"""`slow_close`: when all is said the service's FIN leaves late.

A client that has sent its own FIN and waits for the service's (a reply that is ended by the close, a `shutdown` that is
awaited) waits so long, in FIN_WAIT2. One that has not sent it holds a connection on which nothing comes.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.reply import LateFin, ReplyVerdict


@final
class SlowClose(Fault):
    """Close late."""

    summary: ClassVar[str] = "when the conversation is over the FIN of the service leaves `delay` late"
    client_sees: ClassVar[str] = "its close, or the end of the reply, takes so long: FIN_WAIT2"
    stage: ClassVar[Stage] = Stage.BETWEEN
    rank: ClassVar[int] = 12
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"delay": "300ms"}

    fault: Literal["slow_close"] = "slow_close"
    delay: Duration = Field(description="how late the FIN leaves")

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return LateFin(self.delay.seconds)


FAULT = SlowClose
