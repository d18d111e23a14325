"""One request with what it meets: the service carries that out, here it is proven.

Law: the service says what it has promised and sent; what became of it is asked of the kernel: the state of the client's
own end stands in the evidence of every fault that struck.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NoReturn

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.services.contract import ConversationOver
from simnet.verdicts.reply import Ending
from simnet.verdicts.request import RequestVerdict, Trickle
from simnet.world.cut import Cutter
from simnet.world.leaving import end_unread, leave_unread
from simnet.world.line import Line

__all__ = ["Exchange"]


class Exchange:
    """The exchange named `target`, on its line."""

    def __init__(self, chosen: Sequence[Chosen[RequestVerdict]], target: str, line: Line) -> None:
        self._chosen, self._target, self._line = chosen, target, line

    @property
    def verdicts(self) -> Sequence[RequestVerdict]:
        """What the request meets, in the order of the plan."""
        return tuple(chosen.verdict for chosen in self._chosen)

    def struck(self, verdict: RequestVerdict, **evidence: str | float) -> None:
        """It was carried out: say so, with what the kernel says of the client's end."""
        state = self._line.client_state()
        self._line.record.applied(self._planned(verdict), self._target, **evidence, client_tcp_state=state)

    def missed(self, verdict: RequestVerdict, why: str, **evidence: str | float) -> None:
        """It could not be carried out."""
        self._line.record.failed(self._planned(verdict), self._target, why, **evidence)

    async def trickle(self, verdict: Trickle, pieces: Iterable[bytes], send: Callable[[bytes], Awaitable[None]]) -> None:
        """Send byte by byte; if the client leaves meanwhile, the proof says how far it came."""
        began = turn = trio.current_time()
        sent = 0
        try:
            for byte in (piece[at : at + 1] for piece in pieces for at in range(len(piece))):
                await trio.sleep_until(turn)
                await send(byte)
                sent, turn = sent + 1, turn + 1 / verdict.bytes_per_second
        finally:
            if sent:
                seconds = round(trio.current_time() - began, 4)
                self.struck(verdict, part=verdict.part.value, bytes=sent, seconds=seconds)

    async def end(self, verdict: RequestVerdict, ending: Ending, **evidence: str | float) -> NoReturn:
        """End the connection after all that was sent."""
        await Cutter(self._line, self._target).end(self._planned(verdict), ending, **evidence)
        raise ConversationOver

    async def leave(self, verdict: RequestVerdict, seconds: float, **evidence: str | float) -> NoReturn:
        """Close with what is unread; a FIN goes ahead by so many seconds."""
        with self._line.record.proving():
            left = await (end_unread(self._line) if seconds else leave_unread(self._line))
            self.struck(verdict, **evidence, **left)
        if seconds:
            await trio.sleep(seconds)
            self._line.close("service", "FIN")
        raise ConversationOver

    def _planned(self, verdict: RequestVerdict) -> PlannedFault:
        return next(chosen.planned for chosen in self._chosen if chosen.verdict is verdict)
