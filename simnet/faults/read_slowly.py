"""`read_slowly`: the service reads what the client sends at `rate` and no faster.

Its receive buffer (128 KiB by default) grows no more, so that the client is soon held to that rate by TCP's own flow control. Whatever is sent
arrives in the end, and the reply comes late.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import CONNECTION_CONDITIONS, Condition, Fault, Stage
from simnet.values import Rate
from simnet.verdicts.upload import ReadSlowly, UploadVerdict


@final
class ReadSlowlyFault(Fault):
    """Read what the client sends at a rate."""

    summary: ClassVar[str] = "the service reads at most `rate` of what the client sends"
    client_sees: ClassVar[str] = "its writes take long, the reply comes late"
    stage: ClassVar[Stage] = Stage.REQUEST
    rank: ClassVar[int] = 23
    honours: ClassVar[frozenset[Condition]] = CONNECTION_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"rate": "100 B/s"}

    fault: Literal["read_slowly"] = "read_slowly"
    rate: Rate = Field(description="bytes a second that are read")

    @override
    def at_upload(self, draw: Random) -> UploadVerdict:
        return ReadSlowly(self.rate.per_second)


FAULT = ReadSlowlyFault
