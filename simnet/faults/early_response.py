"""`early_response`: the service answers before it has read the request's body, and closes.

What servers do with an upload that is too large or not allowed. A socket that is closed with bytes unread answers with
RST (RFC 2525 section 2.17; tcp_close, net/ipv4/tcp.c), and a client that is still sending meets EPIPE or ECONNRESET and
never looks at the answer (RFC 9112 section 9.6 tells servers to read on for that reason). With `lingers` FIN goes
first and the socket is closed that much later. Bodies of some 64 KiB or less may have come with their head: those are
reported as not struck.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.request import AnswerEarly, RequestVerdict


@final
class EarlyResponse(Fault):
    """Answer before the body is read."""

    summary: ClassVar[str] = "`status` before the request's body is read, then the socket is closed on it: RST"
    client_sees: ClassVar[str] = "EPIPE or ECONNRESET while it sends; the answer only if it reads all the same"
    stage: ClassVar[Stage] = Stage.REQUEST
    rank: ClassVar[int] = 21
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {}

    fault: Literal["early_response"] = "early_response"
    status: int = Field(413, ge=200, le=599, strict=True, description="the status that is answered")
    lingers: Duration = Field(
        Duration(0), description="how long after its FIN the socket is closed; at once, with RST alone"
    )

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return AnswerEarly(self.status, self.lingers.seconds)


FAULT = EarlyResponse
