"""`idle_reset`: a connection that rests is reset.

What middleboxes and load balancers do to flows that they forget, and servers that are killed. Nothing of it can be seen
without asking the socket: the next request meets EPIPE or ECONNRESET. `when: {requests: 2}` is the rest after the
second request.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.reply import Ending
from simnet.verdicts.rest import EndIdle, RestVerdict


@final
class IdleReset(Fault):
    """End a resting connection with RST."""

    summary: ClassVar[str] = "RST after a rest of `after` on a kept connection"
    client_sees: ClassVar[str] = "EPIPE or ECONNRESET when it uses the connection again"
    stage: ClassVar[Stage] = Stage.BETWEEN
    rank: ClassVar[int] = 21
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "100ms"}

    fault: Literal["idle_reset"] = "idle_reset"
    after: Duration = Field(description="how long it rests first: without a byte from the client, after a whole reply")

    @override
    def at_rest(self, draw: Random) -> RestVerdict:
        return EndIdle(self.after.seconds, Ending.RST)


FAULT = IdleReset
