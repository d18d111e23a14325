"""`backlog_full`: the accept queue is full, so the kernel drops every further SYN.

simnet listens with a short backlog and fills the queue with connections of its own: `listen(n)` admits n + 1, and the
queue is full when TCP_INFO's tcpi_unacked exceeds tcpi_sacked on the listener (net/ipv4/tcp.c, tcp_get_info). This is
how an overloaded server really looks: connect hangs, and the kernel counts ListenOverflows.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import Condition, Fault, Lever, Stage
from simnet.verdicts.door import DoorVerdict, Fill


@final
class BacklogFull(Fault):
    """Keep the accept queue full."""

    summary: ClassVar[str] = "the accept queue is full: SYNs are dropped, connect hangs"
    client_sees: ClassVar[str] = "nothing; its own connect timeout, or ETIMEDOUT after about 131 s"
    stage: ClassVar[Stage] = Stage.ACCEPT
    rank: ClassVar[int] = 1
    honours: ClassVar[frozenset[Condition]] = frozenset({Condition.DURING})
    needs: ClassVar[tuple[Lever, ...]] = (Lever.FULL_QUEUE, Lever.SOCK_DIAG)

    fault: Literal["backlog_full"] = "backlog_full"
    backlog: int = Field(0, ge=0, le=128, strict=True, description="length of the queue that is filled")

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Fill(self.backlog)


FAULT = BacklogFull
