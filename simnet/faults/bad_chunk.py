"""`bad_chunk`: in a chunked body stands a chunk size that is no number, and then FIN.

RFC 9112 section 7.1: a chunk begins with its size in hexadecimal digits. What comes here is `not-a-size`; no client can
know how the body goes on. curl ends with exit status 56.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.request import BreakChunk, RequestVerdict


@final
class BadChunk(Fault):
    """Break a chunk."""

    summary: ClassVar[str] = "a chunk size that is no number after `after` bytes of the body"
    client_sees: ClassVar[str] = "a protocol error in the middle of the body"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 27
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "10 B"}

    fault: Literal["bad_chunk"] = "bad_chunk"
    after: ByteCount | None = Field(None, description="bytes of the body that get out first; half, if left out")

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return BreakChunk(None if self.after is None else self.after.count)


FAULT = BadChunk
