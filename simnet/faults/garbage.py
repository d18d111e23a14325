"""`garbage`: in place of a reply come bytes that are no HTTP, then FIN.

Another protocol on the port, or memory that leaks. The bytes are drawn from the seed; the first is never printable, so
that no client takes them for HTTP/0.9.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.request import Garble, RequestVerdict


@final
class Garbage(Fault):
    """Answer nonsense."""

    summary: ClassVar[str] = "`size` random bytes in place of the reply, then FIN"
    client_sees: ClassVar[str] = "a protocol error (curl: 1)"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 29
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"size": "64 B"}

    fault: Literal["garbage"] = "garbage"
    size: ByteCount = Field(ByteCount(64), description="how many bytes; 1 B to 1 MiB")

    @model_validator(mode="after")
    def _some_bytes(self) -> Self:
        if not 1 <= self.size.count <= 1 << 20:
            raise ValueError(f"garbage is 1 B to 1 MiB long, not {self.size}; write 64 B")
        return self

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Garble(b"\x80" + draw.randbytes(self.size.count - 1))


FAULT = Garbage
