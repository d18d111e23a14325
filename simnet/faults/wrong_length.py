"""`wrong_length`: Content-Length does not say how long the body is, and the connection stays open.

Too long, and the client waits for bytes that never come until its read timeout. Too short, and it takes the reply for
whole while the rest lies in the connection: the next reply on it begins with those bytes (RFC 9112 section 6.3). For
an end by FIN see `http_truncated`.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.request import Misstate, RequestVerdict


@final
class WrongLength(Fault):
    """Lie about the length."""

    summary: ClassVar[str] = "Content-Length is too long or too short by so many bytes"
    client_sees: ClassVar[str] = "a wait for bytes that never come, or a surplus in front of the next reply"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 26
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    needs_requests: ClassVar[bool] = True
    example: ClassVar[dict[str, str | int]] = {"too_long": "10 B"}

    fault: Literal["wrong_length"] = "wrong_length"
    too_long: ByteCount | None = Field(None, description="by so many bytes more than the body has")
    too_short: ByteCount | None = Field(None, description="instead: by so many bytes fewer")

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        given = [count for count in (self.too_long, self.too_short) if count is not None]
        if len(given) != 1:
            raise ValueError("a length is `too_long` or `too_short`: write one of them")
        if not given[0].count:
            raise ValueError("a length that is wrong by 0 B is right; write 1 B or more")
        return self

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Misstate((self.too_long or ByteCount(0)).count - (self.too_short or ByteCount(0)).count)


FAULT = WrongLength
