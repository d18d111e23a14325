"""A connection at rest: a request has been answered, the next one is yet to come.

Law: what is to happen at reuse happens between the arrival of the client's next byte (the kernel says that it is there)
and our reading of it, so that the client has decided to use the connection again and nothing of its request was read.
After the end the socket is closed, as a server's is: what the client still sends is answered with RST.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NoReturn

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.services.contract import ConversationOver
from simnet.verdicts.reply import Cut, Ending, ReplyVerdict
from simnet.verdicts.rest import EndAtReuse, EndIdle, RestVerdict
from simnet.world.cut import Cutter
from simnet.world.line import Line

__all__ = ["Rest"]


class Rest:
    """The rest of a connection after the `request`-th request."""

    def __init__(self, chosen: Sequence[Chosen[RestVerdict]], request: int, line: Line) -> None:
        idle = [(c.verdict.seconds, c.planned, c.verdict.ending) for c in chosen if isinstance(c.verdict, EndIdle)]
        self._idle = min(idle, key=lambda one: one[0], default=None)
        self._at_reuse = [(c.planned, c.verdict) for c in chosen if isinstance(c.verdict, EndAtReuse)]
        self._request, self._line = request, line

    async def lie(self) -> Chosen[ReplyVerdict] | None:
        """Wait for the client's next byte. Returns how the reply to the next request is to be cut off, if it is.

        Raises `ConversationOver` if the connection ends here; returns, too, if the client ends it.
        """
        began = trio.current_time()
        with trio.move_on_at(began + self._idle[0] if self._idle else float("inf")) as waiting:
            await self._line.until_readable()
        if waiting.cancelled_caught and self._idle is not None:
            _, planned, ending = self._idle
            await self._end(planned, ending, rested=round(trio.current_time() - began, 4))
        if not self._at_reuse or not self._line.unread():
            return None
        planned, verdict = self._at_reuse[0]
        if not verdict.whole:
            await self._end(planned, verdict.ending, unread=self._line.unread())
        return Chosen(planned, Cut(0, verdict.ending))

    async def _end(self, planned: PlannedFault, ending: Ending, **evidence: float) -> NoReturn:
        evidence = {"after_request": self._request, **evidence}
        await Cutter(self._line, self._line.target).end(planned, ending, **evidence)
        self._line.close("service", "FIN")
        raise ConversationOver
