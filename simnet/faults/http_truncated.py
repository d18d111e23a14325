"""`http_truncated`: the body is shorter than its head says, and then FIN.

RFC 9112 section 8: such a message is incomplete, and a client must not take it for whole. By Content-Length it has to
count; by chunks it has to see that the last one (of size 0) has not come. requests before 2.32 (urllib3 1.x) and
CPython's `read1` and `readline` return what there is as if it were all.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.request import RequestVerdict, Shorten


@final
class HttpTruncated(Fault):
    """Cut the body short."""

    summary: ClassVar[str] = "FIN in the body: less than Content-Length says, or no last chunk"
    client_sees: ClassVar[str] = "end of file before the body is complete"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 25
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "10 B"}

    fault: Literal["http_truncated"] = "http_truncated"
    by: Literal["content_length", "chunked"] = Field(
        "content_length", description="how the head says where the body ends: content_length or chunked"
    )
    after: ByteCount | None = Field(
        None, description="bytes of the body that get out; half, or, chunked, all but the last chunk, if left out"
    )

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Shorten(None if self.after is None else self.after.count, self.by == "chunked")


FAULT = HttpTruncated
