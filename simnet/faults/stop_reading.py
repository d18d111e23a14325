"""`stop_reading`: the service reads no more of what the client sends.

Its receive buffer, 128 KiB by default (tcp_rmem, tcp(7)), grows no more and fills up, and its kernel announces a zero
window. The client's kernel probes that now and then, and the client's writes block once its own send buffer is full too
(tcp_wmem: up to 4 MiB). TCP is well, so no errno ever tells of it: a client needs a timeout for writing too.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount, Duration
from simnet.verdicts.upload import StopReading, UploadVerdict


@final
class StopReadingFault(Fault):
    """Stop reading what the client sends."""

    summary: ClassVar[str] = (
        "after `after` bytes of the request the service stops reading: zero window, the client's writes block"
    )
    client_sees: ClassVar[str] = "its writes block: its own timeout"
    stage: ClassVar[Stage] = Stage.REQUEST
    rank: ClassVar[int] = 22
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS

    fault: Literal["stop_reading"] = "stop_reading"
    after: ByteCount = Field(ByteCount(0), description="bytes of the client that are read before")
    for_: Duration | None = Field(None, alias="for", description="how long; for ever, if left out")

    @override
    def at_upload(self, draw: Random) -> UploadVerdict:
        return StopReading(self.after.count, None if self.for_ is None else self.for_.seconds)


FAULT = StopReadingFault
