"""`close_at_accept`: accepted, then FIN: the famous empty reply.

simnet sends its FIN by shutdown(SHUT_WR) and goes on reading until the client closes, because close(2) with unread
input would send a RST (RFC 9293 section 3.10.4; RFC 1122 section 4.2.2.13) and that is another fault.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import ACCEPT_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.accept import AcceptVerdict, Close


@final
class CloseAtAccept(Fault):
    """Close the connection in good order as soon as it is accepted."""

    summary: ClassVar[str] = "accepted, then FIN before a byte is sent: an empty reply"
    client_sees: ClassVar[str] = "end of file (recv gives b'') where a reply was due"
    stage: ClassVar[Stage] = Stage.ACCEPT
    rank: ClassVar[int] = 4
    honours: ClassVar[frozenset[Condition]] = ACCEPT_CONDITIONS

    fault: Literal["close_at_accept"] = "close_at_accept"

    @override
    def at_accept(self, draw: Random) -> AcceptVerdict:
        return Close()


FAULT = CloseAtAccept
