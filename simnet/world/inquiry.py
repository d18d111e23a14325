"""One query on its way to its answer, with the verdicts that the plan has for it; the same over UDP and TCP.

Law: what is said instead of the truth is put into bytes by the service; when it leaves, or whether it does, is decided
here. A fault is applied when the kernel has taken the bytes that it changed, or, of silence, when the query has come.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.services.contract import Query, Said
from simnet.trace.events import Answered, Queried
from simnet.verdicts.query import (
    Forge,
    Late,
    PointTo,
    PutSixFirst,
    QueryVerdict,
    Respond,
    Rotate,
    Silence,
    TellTruncated,
    Wording,
)
from simnet.world.record import Record

__all__ = ["Asked", "Inquiry"]

Send = Callable[[bytes], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A query that has arrived: its number, whose it is, and how often the same was asked before."""

    query: Query
    request: int
    client: str
    turn: int = 0


class Inquiry:
    """One query; of several faults that say something else than the truth the first one counts."""

    def __init__(self, asked: Asked, met: Sequence[Chosen[QueryVerdict]], record: Record) -> None:
        self._query, self._request, self._turn, self._record = asked.query, asked.request, asked.turn, record
        self._late: list[tuple[PlannedFault, float]] = []
        self._forged: list[tuple[PlannedFault, Forge]] = []
        self._silent: PlannedFault | None = None
        self._worded: tuple[PlannedFault, Wording] | None = None
        for one in met:
            self._take(one.planned, one.verdict)
        question = dataclasses.asdict(asked.query.question)
        record.add(Queried, request=asked.request, client=asked.client, **question)

    def _take(self, planned: PlannedFault, verdict: QueryVerdict) -> None:
        match verdict:
            case Late(seconds):
                self._late.append((planned, seconds))
            case Forge():
                self._forged.append((planned, verdict))
            case Silence():
                self._silent = self._silent or planned
            case Respond() | PointTo() | Rotate() | PutSixFirst() | TellTruncated():
                self._worded = self._worded or (planned, verdict)
            case never:
                assert_never(never)

    async def answer(self, send: Send) -> Said | None:
        """Let the answer out by `send`, as the plan has it; what was said, None for silence."""
        if self._silent is not None:
            self._prove(self._silent, answered=False)
            return None
        began = self._record.elapsed()
        await trio.sleep(sum(seconds for _, seconds in self._late))
        for planned, forge in self._forged:
            await self._send_forged(planned, forge, send)
        said = self._query.answer(None if self._worded is None else self._worded[1], self._turn)
        await send(said.wire)
        answers = ", ".join(said.answers)
        self._record.add(Answered, request=self._request, rcode=said.rcode, answers=answers, truncated=said.truncated)
        for planned, _ in self._late:
            self._prove(planned, seconds=round(self._record.elapsed() - began, 4), rcode=said.rcode)
        if self._worded is not None:
            self._prove_worded(*self._worded, said)
        return said

    async def _send_forged(self, planned: PlannedFault, forge: Forge, send: Send) -> None:
        data = self._query.forge(forge.what)
        await send(data)
        self._prove(planned, forged=forge.what.value, bytes_sent=len(data))
        await trio.sleep(forge.seconds)

    def _prove_worded(self, planned: PlannedFault, wording: Wording, said: Said) -> None:
        if isinstance(wording, Rotate) and not said.answers:
            return  # a query for the type of which the name has no address: nobody's turn
        heard = "TC bit" if said.truncated else ", ".join(said.answers) or "none"
        self._prove(planned, rcode=said.rcode, answer=heard, bytes_sent=len(said.wire))

    def _prove(self, planned: PlannedFault, **evidence: str | float | bool) -> None:
        asked = self._query.question
        question = f"{asked.type} {asked.name} by {asked.transport}"
        self._record.applied(planned, f"request {self._request}", query=question, **evidence)
