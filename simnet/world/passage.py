"""One direction of a service's datagrams: who is lost, repeated, late or overtaken on the way.

Law: simnet does here what a network would do between two kernels, on this side of the socket, and the trace says so:
see `faults/datagram_loss.py` for why no filter of the kernel's does it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import assert_never

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.verdicts.datagram import DatagramVerdict, Direction, Duplicate, LateDatagram, LoseDatagram, Overtaken
from simnet.world.record import Record

__all__ = ["Passage"]

Go = Callable[[], Awaitable[None]]

LOST = {
    Direction.TO_SERVICE: "by simnet, after the kernel delivered it",
    Direction.TO_CLIENT: "by simnet, before the kernel had it",
}


@dataclass(slots=True, eq=False)
class _Journey:
    """How a datagram goes: how often, how late, and behind how many later ones."""

    number: int
    go: Go
    copies: int = 1
    seconds: float = 0.0
    held: Overtaken | None = None
    overtaken: int = 0
    free: trio.Event = field(default_factory=trio.Event)
    struck: list[tuple[PlannedFault, DatagramVerdict]] = field(default_factory=list)

    def take(self, planned: PlannedFault, verdict: DatagramVerdict) -> None:
        """It meets this as well."""
        self.struck.append((planned, verdict))
        match verdict:
            case LoseDatagram():
                pass  # it never sets out
            case Duplicate(more):
                self.copies += more
            case LateDatagram(late):
                self.seconds += late
            case Overtaken():
                self.held = verdict
            case never:
                assert_never(never)

    def let_by(self) -> None:
        """A later one goes before it."""
        self.overtaken += 1
        if self.held is not None and self.overtaken >= self.held.behind:
            self.free.set()


class Passage:
    """The way to the service, or to its clients."""

    def __init__(self, way: Direction, record: Record) -> None:
        self._way, self._record = way, record
        self._held: list[_Journey] = []

    async def let_pass(self, number: int, met: Sequence[Chosen[DatagramVerdict]], go: Go, nursery: trio.Nursery) -> None:
        """Call `go` for the datagram of that number, as often and as late as what it meets has it."""
        journey = _Journey(number, go)
        for one in met:
            if isinstance(one.verdict, LoseDatagram):
                self._prove(one.planned, number, lost=LOST[self._way])
                return
            journey.take(one.planned, one.verdict)
        if journey.held is not None:
            self._held.append(journey)  # at once: the next one may go before the task below has begun
        if journey.seconds or journey.held is not None:
            nursery.start_soon(self._go_late, journey)
        else:
            await self._go(journey, self._record.elapsed())

    async def _go_late(self, journey: _Journey) -> None:
        began = self._record.elapsed()
        await trio.sleep(journey.seconds)
        if journey.held is not None:
            with trio.move_on_after(journey.held.within):
                await journey.free.wait()
            self._held.remove(journey)
        await self._go(journey, began)

    async def _go(self, journey: _Journey, began: float) -> None:
        for _ in range(journey.copies):
            await journey.go()
        for waiting in self._held:
            if waiting.number < journey.number:
                waiting.let_by()
        for planned, verdict in journey.struck:
            self._tell(planned, verdict, journey, round(self._record.elapsed() - began, 4))

    def _tell(self, planned: PlannedFault, verdict: DatagramVerdict, journey: _Journey, seconds: float) -> None:
        match verdict:
            case LoseDatagram():
                pass  # told at once
            case Duplicate():
                self._prove(planned, journey.number, times=journey.copies)
            case LateDatagram():
                self._prove(planned, journey.number, seconds=seconds)
            case Overtaken(behind, within):
                if journey.overtaken >= behind:
                    self._prove(planned, journey.number, overtaken_by=journey.overtaken, seconds=seconds)
                else:
                    why = f"{journey.overtaken} of {behind} later datagrams came within {within:g} s to overtake it"
                    self._record.failed(planned, f"datagram {journey.number}", why, direction=self._way.value)
            case never:
                assert_never(never)

    def _prove(self, planned: PlannedFault, number: int, **evidence: str | float | bool) -> None:
        self._record.applied(planned, f"datagram {number}", direction=self._way.value, **evidence)
