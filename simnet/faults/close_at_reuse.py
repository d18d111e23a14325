"""`close_at_reuse`: a kept connection ends exactly when the client has used it again.

The race of every keep-alive client: the server's end and the next request pass each other on the way. The end comes when
the first byte of the next request is there, unread; with `read: whole` when all of it has been read and processed (it
counts in the ledger). The client cannot tell one from the other, and RFC 9110 section 9.2.2 lets it send again only what
is idempotent. `when: {requests: 1}` is the reuse after the first request.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REQUEST_CONDITIONS, Condition, Fault, Stage
from simnet.verdicts.reply import Ending
from simnet.verdicts.rest import EndAtReuse, RestVerdict


@final
class CloseAtReuse(Fault):
    """End a connection at its reuse."""

    summary: ClassVar[str] = "FIN or RST just when the next request arrives on a kept connection"
    client_sees: ClassVar[str] = "no reply on a connection that worked: end of file or ECONNRESET"
    stage: ClassVar[Stage] = Stage.BETWEEN
    rank: ClassVar[int] = 22
    honours: ClassVar[frozenset[Condition]] = REQUEST_CONDITIONS
    example: ClassVar[dict[str, str | int]] = {}

    fault: Literal["close_at_reuse"] = "close_at_reuse"
    ending: Literal["FIN", "RST"] = Field("FIN", description="how it ends: FIN or RST")
    read: Literal["nothing", "whole"] = Field(
        "nothing", description="how much of the next request is read first: nothing or whole"
    )

    @override
    def at_rest(self, draw: Random) -> RestVerdict:
        return EndAtReuse(Ending(self.ending), self.read == "whole")


FAULT = CloseAtReuse
