"""One reply on its way to the client, with the verdicts that the plan has for it.

Law: verdicts combine in the order in which a real path works: late (`Delay`), then narrow (`Pace`, `Slice`), then cut off
(`Cut`, `Deafen`) after an exact number of bytes of this reply. No byte is changed, lost or put before another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import assert_never

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.verdicts.reply import Cut, Deafen, Delay, HalfClose, LateFin, Lose, Pace, ReplyVerdict, Slice, Vanish
from simnet.world.cut import Cutter, Strike
from simnet.world.line import Line

__all__ = ["Reply"]

SMOOTH = 0.02
"""Seconds: a narrow pipe is filled in pieces of so long, short enough to look like a stream."""


class Reply:
    """The reply of a whole connection, or to one request (`target`): then `beyond` it lies what the connection meets.

    `write`: how it gets out where the line has TLS; then all counts are of plain bytes. `about`: further evidence.
    """

    def __init__(  # noqa: PLR0913 - the last three are for some lines only
        self,
        chosen: Sequence[Chosen[ReplyVerdict]],
        target: str,
        line: Line,
        beyond: Reply | None = None,
        *,
        write: Callable[[bytes], Awaitable[None]] | None = None,
        about: Mapping[str, str | bool] | None = None,
    ) -> None:
        self._line, self._target, self._beyond = line, target, beyond
        self._out = beyond.send if beyond is not None else write or line.write
        self._delays: list[tuple[PlannedFault, Delay]] = []
        self._paces: list[tuple[PlannedFault, Pace]] = []
        self._slices: list[tuple[PlannedFault, Slice]] = []
        self._cuts: list[tuple[int, PlannedFault, Strike]] = []
        self._ends: list[tuple[PlannedFault, Strike]] = []
        for one in chosen:
            self._take(one.planned, one.verdict)
        self._cuts.sort(key=lambda cut: cut[0])
        self._cutter = Cutter(line, target, about)
        self._sent = self._pieces = 0
        self._began = self._last = self._turn = self._due = 0.0
        self._late: list[float] = []

    def _take(self, planned: PlannedFault, verdict: ReplyVerdict) -> None:
        match verdict:
            case Delay():
                self._delays.append((planned, verdict))
            case Pace():
                self._paces.append((planned, verdict))
            case Slice():
                self._slices.append((planned, verdict))
            case HalfClose(None) | Vanish(None):
                self._ends.append((planned, verdict))
            case Cut(after) | Deafen(after) | HalfClose(after) | Vanish(after):
                self._cuts.append((after or 0, planned, verdict))
            case Lose() | LateFin():
                pass  # strike what the client sends, or the close: see loss.py, farewell.py
            case never:
                assert_never(never)

    @property
    def is_plain(self) -> bool:
        """Whether it goes out as it comes in."""
        if self._delays or self._paces or self._slices or self._cuts or self._ends:
            return False
        return self._beyond is None or self._beyond.is_plain

    @property
    def is_late(self) -> bool:
        """Whether its pieces wait before they leave, so that a pipe must hold them."""
        return bool(self._delays) or (self._beyond is not None and self._beyond.is_late)

    def due(self) -> float:
        """When a piece that is handed in now is to leave; never before an earlier one."""
        self._due = max(self._due, trio.current_time() + self.delay())
        return self._due

    def delay(self) -> float:
        """Seconds that the next piece is to wait; drawn afresh each time."""
        own = sum(v.seconds + v.draw.uniform(-v.jitter, v.jitter) for _, v in self._delays)
        return own + (0.0 if self._beyond is None else self._beyond.delay())

    async def leave(self, data: bytes, handed_in: float) -> None:
        """A piece that was handed in then has waited long enough."""
        self.was_late(trio.current_time() - handed_in)
        await self.send(data)

    def was_late(self, seconds: float) -> None:
        """Remember, for the proof, how late a piece really left."""
        self._late.append(seconds)
        if self._beyond is not None:
            self._beyond.was_late(seconds)

    async def begin(self, *kinds: type[Strike]) -> None:
        """Strike what strikes, of these kinds, before anything is read or sent: a black hole from the start."""
        while self._cuts and self._cuts[0][0] == 0 and isinstance(self._cuts[0][2], kinds):
            await self._cutter.strike(*self._cuts.pop(0))

    @property
    def strikes_at_its_end(self) -> bool:
        """Whether something is still to strike when all of it has left."""
        return bool(self._ends)

    async def end(self) -> None:
        """The service has said what it has to say for now and is about to read: strike what strikes after a reply."""
        while self._ends and self._sent:
            await self._cutter.strike(self._sent, *self._ends.pop(0))

    @property
    def sent(self) -> int:
        """The bytes of it that have left."""
        return self._sent

    async def send(self, data: bytes) -> None:
        """Let `data` out, up to the cut and at the pace. Raises `ConversationOver` or `ClientGone`."""
        now = trio.current_time()
        self._turn = max(self._turn, now)
        self._began = self._began or now
        while data:
            await self._strike()
            room = self._cuts[0][0] - self._sent if self._cuts else len(data)
            await self._narrowly(data[:room])
            data = data[room:]
        await self._strike()

    async def _strike(self) -> None:
        while self._cuts and self._cuts[0][0] <= self._sent:
            await self._cutter.strike(*self._cuts.pop(0))

    async def _narrowly(self, data: bytes) -> None:
        step = self._step(len(data))
        for at in range(0, len(data), step):
            piece = data[at : at + step]
            await self._wait_for_its_turn(len(piece))
            await self._out(piece)
            self._sent += len(piece)
            self._pieces += 1
            self._last = trio.current_time()

    def _step(self, size: int) -> int:
        sizes = [slice_.size for _, slice_ in self._slices]
        sizes += [max(1, int(pace.bytes_per_second * SMOOTH)) for _, pace in self._paces]
        return min(sizes, default=size)

    async def _wait_for_its_turn(self, size: int) -> None:
        """A slice leaves a pause after the one before; on a narrow link a byte has arrived once all are through."""
        if self._pieces:
            self._turn += sum(slice_.seconds for _, slice_ in self._slices)
        self._turn += sum(size / pace.bytes_per_second for _, pace in self._paces)
        if self._slices or self._paces:
            await trio.sleep_until(self._turn)

    def finish(self) -> None:
        """The reply is over: say how late and how narrow it was."""
        seconds = round(self._last - self._began, 4)
        for planned, _ in self._delays if self._late else ():
            shortest, longest = round(min(self._late), 4), round(max(self._late), 4)
            self._say(planned, pieces=len(self._late), shortest_delay=shortest, longest_delay=longest)
        for planned, _ in [*self._paces, *self._slices] if self._pieces else ():
            self._say(planned, bytes=self._sent, pieces=self._pieces, seconds=seconds)

    def _say(self, planned: PlannedFault, **evidence: float) -> None:
        self._line.record.applied(planned, self._target, **evidence)
