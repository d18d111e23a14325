"""Where a reply ends, before its end or after it: FIN, RST, silence, or a peer that is not there any more.

Law: the cut is exact to the byte, and it is made only when the client's kernel has acknowledged everything before it
(SIOCOUTQ is 0, tcp(7)), so that what the client gets is what the scenario says and not what was lost on the way.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias, assert_never

import trio

from simnet.plan.plan import PlannedFault
from simnet.services.contract import ConversationOver
from simnet.verdicts.reply import Cut, Deafen, Ending, HalfClose, Vanish
from simnet.world.kernel.options import min_ttl
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.line import HAS_FIN, Line

__all__ = ["Cutter", "Looks", "Strike"]

Strike: TypeAlias = Cut | Deafen | HalfClose | Vanish

POLL = 0.02
"""Seconds between two looks whether a client that is kept waiting is still there, at first."""

LONGEST_POLL = 0.25
"""The same after some seconds: thousands of silent connections cost little."""

UNTOLD = 1.0
"""Seconds after which a black hole is told of though the client has sent nothing into it yet."""


class Cutter:
    """Makes the cuts of one reply (`target`) on its line; `about` is added to each proof."""

    def __init__(self, line: Line, target: str, about: Mapping[str, str | bool] | None = None) -> None:
        self._line, self._target, self._about = line, target, about or {}

    async def strike(self, after: int, planned: PlannedFault, verdict: Strike) -> None:
        """Carry `verdict` out, `after` so many bytes.

        Raises `ConversationOver` if it ends the reply, `ClientGone` if the client leaves.
        """
        with self._line.record.proving():
            await self._line.until_acknowledged()
            self._line.make_sure_of_client(but_for_its_close=after > 0)
            if isinstance(verdict, Cut) and verdict.ending is not Ending.SILENCE:
                await self._end(planned, verdict.ending, {"bytes_before": after})
                raise ConversationOver
            if isinstance(verdict, HalfClose):
                await self._end(planned, Ending.FIN, {"bytes_before": after}, reads_on=True)
                return
        match verdict:
            case Cut():
                await self._be_silent(planned, verdict)
            case Deafen(_, seconds):
                self._line.drop_arrivals(planned.number, on=True)
                try:
                    await self._be_unreachable(planned, after, seconds, {"min_ttl": min_ttl(self._line.raw)})
                finally:
                    self._line.drop_arrivals(planned.number, on=False)
            case Vanish():
                self._line.vanish()
                await self._be_unreachable(planned, after, None, {"by": "TCP_MD5SIG"})
            case never:
                assert_never(never)

    async def end(self, planned: PlannedFault, ending: Ending, **evidence: str | float) -> None:
        """FIN or RST, now, after all that was sent. Raises `ClientGone` if the client has reset the connection."""
        with self._line.record.proving():
            await self._line.until_acknowledged()
            self._line.make_sure_of_client(but_for_its_close=True)
            await self._end(planned, ending, evidence)

    async def _end(
        self, planned: PlannedFault, ending: Ending, evidence: Mapping[str, str | float], *, reads_on: bool = False
    ) -> None:
        """The FIN or RST, and its proof, which is taken even if the conversation ends while it is on its way."""
        if ending is Ending.FIN:
            self._line.send_fin(reads_on=reads_on)
            try:
                await self._line.until_fin_is_there()
            finally:
                self._judge(planned, ending, evidence, HAS_FIN)
        else:
            try:
                await self._line.abort()
            finally:
                self._judge(planned, ending, evidence, {TcpState.CLOSE})

    def _judge(self, planned: PlannedFault, sent: Ending, more: Mapping[str, str | float], struck: set[TcpState]) -> None:
        row = self._line.client_row()
        evidence = {"sent": sent.value, **more, **self._state(row), **self._about}
        if row is None or row.state in struck:
            self._line.record.applied(planned, self._target, **evidence)
        else:
            why = f"the {sent.value} has not reached the client"
            self._line.record.failed(planned, self._target, why, **evidence)

    async def _be_silent(self, planned: PlannedFault, verdict: Cut) -> None:
        evidence = {"bytes_before": verdict.after, "unacknowledged": self._line.unacknowledged()}
        state = self._state(self._line.client_row())
        self._line.record.applied(planned, self._target, **evidence, **state, **self._about)
        looks = Looks(self._line.look_again, verdict.seconds)
        while await looks.another():
            # After its FIN the client may still be reading (a half-close); it has left when nobody holds its socket.
            if self._line.state() is not TcpState.ESTABLISHED:
                self._line.make_sure_of_client(but_for_its_close=False)

    def _state(self, row: DiagRow | None) -> dict[str, str]:
        """What the kernel says of the other end, in the words of a proof."""
        gone = "gone" if self._line.peer_is_seen else "not on this machine"
        return {f"{self._line.peer}_tcp_state": gone if row is None else row.state.name}

    async def _be_unreachable(
        self, planned: PlannedFault, after: int, seconds: float | None, how: Mapping[str, str | int]
    ) -> None:
        before, told = self._line.dropped(), False
        looks = Looks(self._line.look_again, seconds, UNTOLD)
        try:
            while await looks.another():
                if not told and (self._line.dropped() > before or looks.waited >= UNTOLD):
                    told = self._say_unreachable(planned, after, before, how)
                self._line.make_sure_of_client(but_for_its_close=False)
        finally:
            if not told:
                self._say_unreachable(planned, after, before, how)

    def _say_unreachable(self, planned: PlannedFault, after: int, before: int, how: Mapping[str, str | int]) -> bool:
        evidence = {"bytes_before": after, **how, "segments_dropped": self._line.dropped() - before}
        self._line.record.applied(planned, self._target, **evidence)
        return True


class Looks:
    """When to look whether a client that is kept waiting is still there, until so many seconds (None: ever) are over."""

    def __init__(
        self, look_again: Callable[[float], Awaitable[None]], seconds: float | None, at_latest: float = math.inf
    ) -> None:
        """`look_again` is the network's; there is one look `at_latest` so many seconds after the start."""
        self._look_again = look_again
        self._began = trio.current_time()
        self._end = self._began + (math.inf if seconds is None else seconds)
        self._by = self._began + at_latest
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
        with trio.move_on_at(min(self._end, self._by) if now < self._by else self._end):
            await self._look_again(self._pause)
        self._pause = min(self._pause * 1.1, LONGEST_POLL)
        return True
