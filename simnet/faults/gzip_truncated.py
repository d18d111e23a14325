"""`gzip_truncated`: the body is compressed, and its gzip stream breaks off.

Content-Length is that of the bytes which are sent, so HTTP itself finds nothing wrong; only the decompressor knows that
the end (RFC 1952: CRC and length) has not come. Sent whether or not the client asked for gzip, as some caches do.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.request import RequestVerdict, ShortenGzip


@final
class GzipTruncated(Fault):
    """Break off the gzip stream."""

    summary: ClassVar[str] = "a body in gzip whose stream breaks off; HTTP is in order"
    client_sees: ClassVar[str] = "an error of its decompressor, or silently half a body"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 28
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"after": "20 B"}

    fault: Literal["gzip_truncated"] = "gzip_truncated"
    after: ByteCount | None = Field(None, description="bytes of the gzip stream that are sent; half, if left out")

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return ShortenGzip(None if self.after is None else self.after.count)


FAULT = GzipTruncated
