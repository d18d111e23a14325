"""Where a reply ends before its end: FIN, RST, silence, or a peer that is not there any more.

Law: the cut is exact to the byte, and it is made only when the client's kernel has acknowledged everything before it
(SIOCOUTQ is 0, tcp(7)), so that what the client gets is what the scenario says and not what was lost on the way.
"""

from __future__ import annotations

import math

import trio

from simnet.plan.plan import PlannedFault
from simnet.services.contract import ConversationOver
from simnet.verdicts.reply import Cut, Deafen, Ending
from simnet.world.kernel.options import min_ttl
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import HAS_FIN, Line

__all__ = ["Cutter"]

POLL = 0.02
"""Seconds between two looks whether a client that is kept waiting is still there, at first."""

LONGEST_POLL = 0.25
"""The same after some seconds: thousands of silent connections cost little."""

UNTOLD = 1.0
"""Seconds after which a black hole is told of though the client has sent nothing into it yet."""


class Cutter:
    """Makes the cuts of one reply (`target`) on its line."""

    def __init__(self, line: Line, target: str) -> None:
        self._line, self._target = line, target

    async def strike(self, planned: PlannedFault, verdict: Cut | Deafen) -> None:
        """Carry `verdict` out. Raises `ConversationOver` if it ends the reply, `ClientGone` if the client leaves."""
        with self._line.record.proving():
            await self._line.until_acknowledged()
            self._line.make_sure_of_client(but_for_its_close=verdict.after > 0)
            if isinstance(verdict, Cut) and verdict.ending is not Ending.SILENCE:
                await self._end(planned, verdict.after, verdict.ending)
                raise ConversationOver
        if isinstance(verdict, Deafen):
            await self._be_deaf(planned, verdict)
        else:
            await self._be_silent(planned, verdict)

    async def _end(self, planned: PlannedFault, after: int, ending: Ending) -> None:
        """The FIN or RST, and its proof, which is taken even if the conversation ends while it is on its way."""
        if ending is Ending.FIN:
            self._line.send_fin()
            try:
                await self._line.until_fin_is_there()
            finally:
                self._judge(planned, ending, after, HAS_FIN)
        else:
            try:
                await self._line.abort()
            finally:
                self._judge(planned, ending, after, {TcpState.CLOSE})

    def _judge(self, planned: PlannedFault, sent: Ending, after: int, struck: set[TcpState]) -> None:
        row = self._line.client_row()
        evidence = {"sent": sent.value, "bytes_before": after, f"{self._line.peer}_tcp_state": self._state(row)}
        if row is None or row.state in struck:
            self._line.record.applied(planned, self._target, **evidence)
        else:
            why = f"the {sent.value} has not reached the client"
            self._line.record.failed(planned, self._target, why, **evidence)

    async def _be_silent(self, planned: PlannedFault, verdict: Cut) -> None:
        evidence = {"bytes_before": verdict.after, "unacknowledged": self._line.unacknowledged()}
        state = {f"{self._line.peer}_tcp_state": self._state(self._line.client_row())}
        self._line.record.applied(planned, self._target, **evidence, **state)
        looks = _Looks(verdict.seconds)
        while await looks.another():
            # After its FIN the client may still be reading (a half-close); it has left when nobody holds its socket.
            if self._line.state() is not TcpState.ESTABLISHED:
                self._line.make_sure_of_client(but_for_its_close=False)

    def _state(self, row: DiagRow | None) -> str:
        if row is not None:
            return row.state.name
        return "gone" if self._line.peer_is_seen else "not on this machine"

    async def _be_deaf(self, planned: PlannedFault, verdict: Deafen) -> None:
        before, told = self._line.dropped(), False
        self._line.drop_arrivals(planned.number, on=True)
        looks = _Looks(verdict.seconds)
        try:
            while await looks.another():
                if not told and (self._line.dropped() > before or looks.waited > UNTOLD):
                    told = self._say_deaf(planned, verdict.after, before)
                self._line.make_sure_of_client(but_for_its_close=False)
        finally:
            if not told:
                self._say_deaf(planned, verdict.after, before)
            self._line.drop_arrivals(planned.number, on=False)

    def _say_deaf(self, planned: PlannedFault, after: int, before: int) -> bool:
        ttl, dropped = min_ttl(self._line.raw), self._line.dropped() - before
        evidence = {"bytes_before": after, "min_ttl": ttl, "segments_dropped": dropped}
        self._line.record.applied(planned, self._target, **evidence)
        return True


class _Looks:
    """When to look whether a client that is kept waiting is still there, until so many seconds (None: ever) are over."""

    def __init__(self, seconds: float | None) -> None:
        self._began = trio.current_time()
        self._end = self._began + (math.inf if seconds is None else seconds)
        self._pause = POLL

    @property
    def waited(self) -> float:
        """Seconds since the first."""
        return trio.current_time() - self._began

    async def another(self) -> bool:
        """Wait for the next look; False, at once, when time is over."""
        now = trio.current_time()
        if now >= self._end:
            return False
        await trio.sleep_until(min(self._end, now + self._pause))
        self._pause = min(self._pause * 1.1, LONGEST_POLL)
        return True
