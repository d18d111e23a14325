"""`body_drip`: the body of the reply comes byte by byte, after a head that came at once.

The client knows the status and the length, and each byte restarts its read timeout: only a limit on the whole, or on
the rate, ends it. Chunks of a chunked body are dripped with their framing.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.values import Rate
from simnet.verdicts.request import Part, RequestVerdict, Trickle


@final
class BodyDrip(Fault):
    """Send the body slowly."""

    summary: ClassVar[str] = "the body of the reply comes byte by byte, at `rate`"
    client_sees: ClassVar[str] = "a status at once, then a body that takes very long, and no read timeout of it fires"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 24
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"rate": "40 B/s"}

    fault: Literal["body_drip"] = "body_drip"
    rate: Rate = Field(description="bytes per second, one at a time")

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Trickle(Part.BODY, self.rate.per_second)


FAULT = BodyDrip
