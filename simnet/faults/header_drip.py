"""`header_drip`: the head of the reply comes byte by byte.

Each byte wakes the client, so that no timeout between two reads fires (those of most clients are such); only a limit
on the whole ends it. At 1 B/s a small head takes more than a minute. The body follows at full speed.
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
class HeaderDrip(Fault):
    """Send the head slowly."""

    summary: ClassVar[str] = "the head of the reply comes byte by byte, at `rate`"
    client_sees: ClassVar[str] = "a head that takes very long, and no read timeout of it fires"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 23
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"rate": "200 B/s"}

    fault: Literal["header_drip"] = "header_drip"
    rate: Rate = Field(description="bytes per second, one at a time")

    @override
    def at_request(self, draw: Random) -> RequestVerdict:
        return Trickle(Part.HEAD, self.rate.per_second)


FAULT = HeaderDrip
