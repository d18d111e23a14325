"""`drop_syn`: the SYN is never answered.

IP_MINTTL (IPV6_MINHOPCOUNT) set to 255 on the listener: the kernel drops every segment whose TTL is lower, before TCP
looks at it, and loopback segments have 64 (net/ipv4/tcp_ipv4.c, tcp_v4_rcv: TCPMinTTLDrop). The client's kernel
retransmits; its connect(2) ends in ETIMEDOUT after about 131 s, or earlier if the client has its own limit.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import DOOR_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.door import DoorVerdict, Drop


@final
class DropSyn(Fault):
    """Leave attempts to connect unanswered."""

    summary: ClassVar[str] = "no answer to the SYN: the client's connect hangs until it times out"
    client_sees: ClassVar[str] = "nothing; its own connect timeout, or ETIMEDOUT after about 131 s"
    stage: ClassVar[Stage] = Stage.CONNECT
    rank: ClassVar[int] = 2
    honours: ClassVar[frozenset[Condition]] = DOOR_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.MIN_TTL, Lever.SOCK_DIAG)
    holds_syns: ClassVar[bool] = True

    fault: Literal["drop_syn"] = "drop_syn"

    @override
    def at_door(self, draw: Random) -> DoorVerdict:
        return Drop()


FAULT = DropSyn
