"""`datagram_delay`: a datagram is late by itself; those that come after it do not wait, so that jitter changes their order.

(`latency` is for TCP, whose bytes keep their order.) The delay is simnet's: netem needs CAP_NET_ADMIN.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.faults.contract import DATAGRAM_CONDITIONS, Condition, Fault, Stage
from simnet.values import Duration
from simnet.verdicts.datagram import DatagramVerdict, Direction, LateDatagram


@final
class DatagramDelay(Fault):
    """Delay datagrams."""

    summary: ClassVar[str] = "a datagram, or the answer to it, is `delay` late, give or take `jitter`"
    client_sees: ClassVar[str] = "a slow answer, perhaps after that to a later datagram"
    stage: ClassVar[Stage] = Stage.DATAGRAM
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = DATAGRAM_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"delay": "200ms", "jitter": "50ms"}

    fault: Literal["datagram_delay"] = "datagram_delay"
    delay: Duration = Field(description="how much later")
    jitter: Duration = Field(Duration(0), description="up to so much more or less, drawn from the seed; at most `delay`")
    direction: Literal["to_service", "to_client"] = Field(
        "to_client", description="the datagram itself, or what answers it"
    )

    @model_validator(mode="after")
    def _jitter_is_not_negative_time(self) -> Self:
        if self.jitter > self.delay:
            raise ValueError(f"a jitter of {self.jitter} would answer before it was asked; write at most {self.delay}")
        return self

    @override
    def at_datagram(self, draw: Random) -> DatagramVerdict:
        seconds = self.delay.seconds + draw.uniform(-self.jitter.seconds, self.jitter.seconds)
        return LateDatagram(max(0.0, seconds), Direction(self.direction))


FAULT = DatagramDelay
