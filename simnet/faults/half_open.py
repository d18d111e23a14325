"""`half_open`: the peer has vanished; for the client's kernel the connection goes on.

As after a power cut: no FIN, no RST, and nothing that the client sends is acknowledged any more, on this connection and
for good. TCP_MD5SIG with a key that only we have makes both kernels drop each other's segments. A client that rests
notices nothing without TCP keep-alive; one that writes retransmits until TCP_USER_TIMEOUT, or for a quarter of an hour.
New connections are served. `black_hole` is the same in mid-reply, and can heal.
"""

from __future__ import annotations

from random import Random
from typing import ClassVar, Literal, final

from pydantic import Field
from typing_extensions import override

from simnet.faults.contract import REPLY_CONDITIONS, Condition, Fault, Lever, Stage
from simnet.values import ByteCount
from simnet.verdicts.reply import ReplyVerdict, Vanish


@final
class HalfOpen(Fault):
    """Vanish without a word."""

    summary: ClassVar[str] = (
        "after the reply, or `after` bytes of it, the peer is gone without FIN or RST: a half-open connection"
    )
    client_sees: ClassVar[str] = "nothing: its own timeout, TCP keep-alive, or ETIMEDOUT in the end"
    stage: ClassVar[Stage] = Stage.BETWEEN
    rank: ClassVar[int] = 11
    honours: ClassVar[frozenset[Condition]] = REPLY_CONDITIONS
    needs: ClassVar[tuple[Lever, ...]] = (Lever.MD5_KEY,)

    fault: Literal["half_open"] = "half_open"
    after: ByteCount | None = Field(
        None, description="bytes of the reply before; the whole reply, if left out; 0 B: at once"
    )

    @override
    def at_reply(self, draw: Random) -> ReplyVerdict:
        return Vanish(None if self.after is None else self.after.count)


FAULT = HalfOpen
