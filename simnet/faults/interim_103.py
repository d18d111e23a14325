"""`interim_103`: 103 (Early Hints) comes first, the reply later.

An interim reply (RFC 8297; RFC 9110 section 15.2) is not the reply: a client must read on until the final one. CPython's
http.client, and all that is built on it, takes 103 for the answer, and the real one for the answer to its next request
on the connection. A client of HTTP/1.0 gets none.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.request import Hint, RequestVerdict


@final
class Interim103(Fault):
    """Send 103 before the reply."""

    summary: ClassVar[str] = "103 (Early Hints) at once, the reply `delay` later"
    client_sees: ClassVar[str] = "an interim reply; an old client takes it for the reply"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 20
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"delay": "100ms"}

    fault: Literal["interim_103"] = "interim_103"
    delay: Duration = Field(Duration(300_000), description="how much later the reply comes")

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Hint(self.delay.seconds)


FAULT = Interim103
