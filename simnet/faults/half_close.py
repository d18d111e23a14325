"""`half_close`: the service sends FIN and reads on: one half of the connection is closed.

After the reply, or after `after` bytes. The client is in CLOSE_WAIT: it reads the end of file, and what it sends is
acknowledged all the same, for as long as it likes; no RST and no EPIPE tells it that nobody will answer (RFC 9293
section 3.6). With TLS the FIN is announced by a close_notify.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Fault, Stage
from simnet.values import ByteCount
from simnet.verdicts.reply import HalfClose, ReplyVerdict


@final
class HalfCloseFault(Fault):
    """Close the sending half and read on."""

    summary: ClassVar[str] = "FIN after the reply, or after `after` bytes of it; what the client sends is still read"
    client_sees: ClassVar[str] = "end of file; its writes go through and are never answered"
    stage: ClassVar[Stage] = Stage.BETWEEN
    rank: ClassVar[int] = 10
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS

    fault: Literal["half_close"] = "half_close"
    after: ByteCount | None = Field(
        None, description="bytes of the reply before the FIN; the whole reply, if left out; 0 B: at once"
    )

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return HalfClose(None if self.after is None else self.after.count)


FAULT = HalfCloseFault
