"""`idle_close`: a connection that rests is closed with FIN.

Each server does so after its keep-alive time (Apache 5 s, nginx 75 s, Node 5 s). A client that keeps the connection in a
pool should see the FIN and dial anew; one that does not look sends its request into a closed socket: the server's
kernel answers with RST. `when: {requests: 2}` is the rest after the second request.
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
class IdleClose(Fault):
    """End a resting connection with FIN."""

    summary: ClassVar[str] = "FIN after a rest of `after` on a kept connection"
    client_sees: ClassVar[str] = "end of file at its next read; if it does not look, ECONNRESET or no reply"
    stage: ClassVar[Stage] = Stage.BETWEEN
    rank: ClassVar[int] = 20
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "100ms"}

    fault: Literal["idle_close"] = "idle_close"
    after: Duration = Field(description="how long it rests first: without a byte from the client, after a whole reply")

    @override
    def at_rest(self, draw: Random) -> RestVerdict:
        return EndIdle(self.after.seconds, Ending.FIN)


FAULT = IdleClose
