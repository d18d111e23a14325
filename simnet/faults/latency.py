"""`latency`: every piece of the reply leaves later.

The pieces keep their order and their distance (a pipe that is long, not narrow: see `bandwidth` for that). Linux has
no unprivileged delay on loopback (netem needs CAP_NET_ADMIN), so the service itself sends late; what the client
sees is the same, but for TCP's own round-trip estimate, which stays that of loopback.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Direction, Fault, Stage, Steered
from simnet.values import Duration
from simnet.verdicts.reply import Delay, ReplyVerdict


@final
class Latency(Fault):
    """Delay what the service sends."""

    summary: ClassVar[str] = "every piece of the reply arrives `delay` later, give or take `jitter`"
    client_sees: ClassVar[str] = "a slow reply"
    stage: ClassVar[Stage] = Stage.REPLY
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {"delay": "200ms", "jitter": "50ms"}

    fault: Literal["latency"] = "latency"
    delay: Duration = Field(description="how much later")
    jitter: Duration = Field(Duration(0), description="up to so much more or less, drawn from the seed; at most `delay`")
    direction: Steered = Direction.TO_CLIENT

    @model_validator(mode="after")
    def _jitter_is_not_negative_time(self) -> Self:
        if self.jitter > self.delay:
            raise ValueError(f"a jitter of {self.jitter} would send before the reply exists; write at most {self.delay}")
        return self

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Delay(self.delay.seconds, self.jitter.seconds, draw)


FAULT = Latency
