"""`slow_accept`: the server is slow to call accept(2).

The kernel completes the handshake by itself, so the client is connected at once and may even send; nobody reads until
`delay` has passed. The connection waits in the accept queue, and so do those behind it, as with a busy server.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import ACCEPT_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.accept import AcceptVerdict, Wait


@final
class SlowAccept(Fault):
    """Accept late."""

    summary: ClassVar[str] = "connected at once, but not accepted (so not read) for `delay`"
    client_sees: ClassVar[str] = "connect() succeeds, the reply comes late"
    stage: ClassVar[Stage] = Stage.ACCEPT
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = ACCEPT_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"delay": "300ms"}

    fault: Literal["slow_accept"] = "slow_accept"
    delay: Duration = Field(description="how long the connection waits in the accept queue")

    @override
    def at_accept(self, draw: Random) -> AcceptVerdict:
        return Wait(self.delay.seconds)


FAULT = SlowAccept
