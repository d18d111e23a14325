"""A FIN that comes late: the conversation is over, and the service leaves its half of the connection open for a while.

Law: nothing is said meanwhile, not even by TLS. If the client has closed first its socket waits in FIN_WAIT2, which is
the proof; if it has not, the connection stays ESTABLISHED as if the service were still about to speak.
"""

from __future__ import annotations

from collections.abc import Sequence

import trio

from simnet.plan.plan import Chosen
from simnet.verdicts.reply import LateFin, ReplyVerdict
from simnet.world.cut import Looks
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import Line

__all__ = ["wait_with_fin"]


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
