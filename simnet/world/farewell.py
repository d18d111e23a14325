"""The end of a conversation: who closes, how, and when.

Law: nothing is said any more while a FIN is late, not even by TLS. If the client has closed first its socket waits in FIN_WAIT2, which is
the proof; if it has not, the connection stays ESTABLISHED as if the service were still about to speak.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import trio

from simnet.plan.plan import Chosen
from simnet.services.contract import ClientGone, ConversationOver
from simnet.verdicts.reply import LateFin, ReplyVerdict
from simnet.world.cut import Looks
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import Line

__all__ = ["part"]


async def part(line: Line, over: ClientGone | ConversationOver | None, chosen: Sequence[Chosen[ReplyVerdict]]) -> None:
    """Close as the conversation has ended: by the client (`ClientGone`), by a fault, or (None) by both in peace."""
    if over is None:
        await wait_with_fin(line, chosen)
    match over:
        case ConversationOver():
            await line.drain()
        case ClientGone() as gone:
            line.close("client", gone.how)
        case None if line.ended:
            with contextlib.suppress(OSError):
                if not line.client_has_left():  # to nobody: that would only draw a RST
                    line.say_last_words()
            line.close("client", "FIN")
        case None:
            await line.close_kindly()


async def wait_with_fin(line: Line, chosen: Sequence[Chosen[ReplyVerdict]]) -> None:
    """Let the time of each `LateFin` pass, unless the client resets the connection; then say how long that took."""
    for one in chosen:
        if isinstance(one.verdict, LateFin):
            await _wait(line, one, one.verdict.seconds)


async def _wait(line: Line, one: Chosen[ReplyVerdict], seconds: float) -> None:
    began = trio.current_time()
    looks = Looks(line.look_again, seconds)
    try:
        while line.state() is not TcpState.CLOSE and await looks.another():
            pass
    finally:
        row, waited = line.client_row(), round(trio.current_time() - began, 4)
        state = "gone" if row is None else row.state.name
        line.record.applied(one.planned, line.target, seconds=waited, client_tcp_state=state)
