"""`wrong_length`: Content-Length does not say how long the body is, and the connection stays open.

Too long, and the client waits for bytes that never come until its read timeout. Too short, and it takes the reply for
whole while the rest lies in the connection: the next reply on it begins with those bytes (RFC 9112 section 6.3). For
an end by FIN see `http_truncated`.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field, field_validator
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.request import Misstate, RequestVerdict


@final
class WrongLength(Fault):
    """Lie about the length."""

    summary: ClassVar[str] = "Content-Length is too long, or too short, `by` so many bytes"
    client_sees: ClassVar[str] = "a wait for bytes that never come, or a surplus in front of the next reply"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 26
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"by": "10 B"}

    fault: Literal["wrong_length"] = "wrong_length"
    by: ByteCount = Field(description="by so many bytes it is wrong")
    too: Literal["long", "short"] = Field("long", description="in which direction: long or short")

    @field_validator("by")
    @classmethod
    def _wrong_at_all(cls, value: ByteCount) -> ByteCount:
        if not value.count:
            raise ValueError("a length that is wrong by 0 B is right; write 1 B or more")
        return value

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Misstate(self.by.count if self.too == "long" else -self.by.count)


FAULT = WrongLength
