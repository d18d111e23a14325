"""`reset_at_accept`: accepted, then RST.

SO_LINGER with a zero time makes close(2) send RST instead of FIN (socket(7); RFC 9293 section 3.10.4, ABORT). When
the client meets it is a race that it cannot win reliably: ECONNRESET from its first send or recv, seldom from connect.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from typing_extensions import override

from simnet.faults.contract import ACCEPT_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.verdicts.accept import AcceptVerdict, Reset


@final
class ResetAtAccept(Fault):
    """Reset the connection as soon as it is accepted."""

    summary: ClassVar[str] = "accepted, then RST before a byte is read"
    client_sees: ClassVar[str] = "ECONNRESET from its first send or recv"
    stage: ClassVar[Stage] = Stage.ACCEPT
    rank: ClassVar[int] = 3
    honours: ClassVar[frozenset[Condition]] = ACCEPT_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.LINGER,)

    fault: Literal["reset_at_accept"] = "reset_at_accept"

    @override
    def at_accept(self, draw: Random) -> AcceptVerdict:
        return Reset()


FAULT = ResetAtAccept
