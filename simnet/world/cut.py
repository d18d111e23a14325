"""Where a reply ends before its end: FIN, RST, silence, or a peer that is not there any more.

Law: the cut is exact to the byte, and it is made only when the client's kernel has acknowledged everything before it
(SIOCOUTQ is 0, tcp(7)), so that what the client gets is what the scenario says and not what was lost on the way.
"""

from __future__ import annotations

import math

import trio

from simnet.faults.contract import Cut, Deafen, Ending
from simnet.plan.plan import PlannedFault
from simnet.services.contract import ClientGone, ConversationOver
from simnet.world.kernel.options import dropped_segments, min_ttl, set_min_ttl
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import HAS_FIN, Line

__all__ = ["Cutter"]

POLL = 0.02
"""Seconds between two looks whether a client that is kept waiting is still there."""


class Cutter:
    """Makes the cuts of one reply (`target`) on its line."""

    def __init__(self, line: Line, target: str) -> None:
        self._line, self._target = line, target

    async def strike(self, planned: PlannedFault, verdict: Cut | Deafen) -> None:
        """Carry `verdict` out. Raises `ConversationOver` if it ends the reply, `ClientGone` if the client leaves."""
        with self._line.record.proving():
            await self._line.until_acknowledged()
            if isinstance(verdict, Cut) and verdict.ending is Ending.FIN:
                row = await self._line.finish()
                self._judge(planned, "FIN", verdict.after, row, struck=row is None or row.state in HAS_FIN)
            elif isinstance(verdict, Cut) and verdict.ending is Ending.RST:
                row = await self._line.abort()
                self._judge(planned, "RST", verdict.after, row, struck=row is None or row.state is TcpState.CLOSE)
        if isinstance(verdict, Deafen):
            await self._be_deaf(planned, verdict)
        elif verdict.ending is Ending.SILENCE:
            await self._be_silent(planned, verdict)
        else:
            raise ConversationOver

    def _judge(self, planned: PlannedFault, sent: str, after: int, row: DiagRow | None, *, struck: bool) -> None:
        state = "gone" if row is None else row.state.name
        if struck:
            self._line.record.applied(planned, self._target, sent=sent, bytes_before=after, client_tcp_state=state)
        else:
            why = f"the {sent} has not reached the client"
            self._line.record.failed(planned, self._target, why, bytes_before=after, client_tcp_state=state)

    async def _be_silent(self, planned: PlannedFault, verdict: Cut) -> None:
        row = self._line.client_row()
        if row is None:
            raise ClientGone
        self._line.record.applied(planned, self._target, bytes_before=verdict.after, client_tcp_state=row.state.name)
        end = _end(verdict.seconds)
        while trio.current_time() < end:
            await trio.sleep_until(min(end, trio.current_time() + POLL))
            state = self._line.state()
            # After its FIN the client may still be reading (a half-close); it has left when nobody holds its socket.
            if state is TcpState.CLOSE or (state is TcpState.CLOSE_WAIT and self._line.client_has_left()):
                raise ClientGone

    async def _be_deaf(self, planned: PlannedFault, verdict: Deafen) -> None:
        raw = self._line.raw
        before, said = dropped_segments(raw), False
        set_min_ttl(raw, on=True)
        end = _end(verdict.seconds)
        try:
            while trio.current_time() < end:
                await trio.sleep_until(min(end, trio.current_time() + POLL))
                if not said and dropped_segments(raw) > before:
                    said = self._say_deaf(planned, verdict.after, before)
                if self._line.client_has_left():  # its FIN or RST was dropped with the rest
                    raise ClientGone("unseen")
        finally:
            if not said:
                self._say_deaf(planned, verdict.after, before)
        set_min_ttl(raw, on=False)

    def _say_deaf(self, planned: PlannedFault, after: int, before: int) -> bool:
        ttl, dropped = min_ttl(self._line.raw), dropped_segments(self._line.raw) - before
        evidence = {"bytes_before": after, "min_ttl": ttl, "segments_dropped": dropped}
        self._line.record.applied(planned, self._target, **evidence)
        return True


def _end(seconds: float | None) -> float:
    return trio.current_time() + (math.inf if seconds is None else seconds)
