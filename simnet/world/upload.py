"""How what the client sends on one connection is read: not at all after some bytes, or slowly.

Law: nothing is thrown away. What is not read stays in the kernel's receive buffer, which grows no more; when it is full
the kernel announces a zero window and the client's writes block in the end (RFC 9293 section 3.8.6.1). The proof is
taken at the client's own socket: its zero window probe timer, and the bytes that it could not send.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Sequence
from typing import assert_never

import trio

from simnet.plan.plan import Chosen, PlannedFault
from simnet.verdicts.upload import ReadSlowly, StopReading, UploadVerdict
from simnet.world.cut import Looks
from simnet.world.line import PIECE, Line

__all__ = ["Upload"]

ZERO_WINDOW_PROBE = 4
"""The timer of a socket that has bytes to send and a zero window before it (idiag_timer, net/ipv4/inet_diag.c)."""

UNTOLD = 1.0
"""Seconds after which unread bytes alone are told of: the client may have sent less than the window holds."""

SMOOTH = 0.02
"""Seconds between two reads of a slow reader, so that it looks like a stream."""


class Upload:
    """What one connection's client sends, read by `read`."""

    def __init__(
        self, chosen: Sequence[Chosen[UploadVerdict]], line: Line, read: Callable[[int], Awaitable[bytes]]
    ) -> None:
        self._line, self._read = line, read
        self._stops: list[tuple[PlannedFault, StopReading]] = []
        self._rates: list[tuple[PlannedFault, ReadSlowly]] = []
        for one in chosen:
            self._take(one.planned, one.verdict)
        self._stops.sort(key=lambda stop: stop[1].after)
        self._taken = 0
        self._began = self._turn = 0.0
        if chosen:
            line.fix_window()

    def _take(self, planned: PlannedFault, verdict: UploadVerdict) -> None:
        match verdict:
            case StopReading():
                self._stops.append((planned, verdict))
            case ReadSlowly():
                self._rates.append((planned, verdict))
            case never:
                assert_never(never)

    async def read(self) -> bytes:
        """The next bytes, as many as there may be. Raises what the reading raises."""
        while self._stops and self._stops[0][1].after <= self._taken:
            await self._stand_still(*self._stops.pop(0))
        data = await self._read(self._most())
        self._taken += len(data)
        await self._wait(len(data))
        return data

    def _most(self) -> int:
        most = [self._stops[0][1].after - self._taken] if self._stops else []
        most += [max(1, int(rate.bytes_per_second * SMOOTH)) for _, rate in self._rates]
        return min([PIECE, *most])

    async def _wait(self, size: int) -> None:
        """On a slow reader's clock so many bytes have been read once their time is over."""
        if not self._rates or not size:
            return
        now = trio.current_time()
        self._began = self._began or now
        self._turn = max(self._turn, now) + sum(size / rate.bytes_per_second for _, rate in self._rates)
        await trio.sleep_until(self._turn)

    async def _stand_still(self, planned: PlannedFault, verdict: StopReading) -> None:
        told, looks = False, Looks(self._line.look_again, verdict.seconds, UNTOLD)
        try:
            while await looks.another():
                told = told or self._say_stopped(planned, verdict.after, certain=looks.waited >= UNTOLD)
                self._line.make_sure_of_client(but_for_its_close=False)
        finally:
            if not told:
                self._say_stopped(planned, verdict.after, certain=True)
        if not self._stops and not self._rates:
            self._line.fix_window(wide=True)

    def _say_stopped(self, planned: PlannedFault, after: int, *, certain: bool) -> bool:
        """Tell of the zero window; if it is `certain` that no better proof comes, of unread bytes alone."""
        row, unread = self._line.client_row(), 0
        with contextlib.suppress(OSError):  # the socket is closed
            unread = self._line.unread()
        if row is None or row.info is None or not unread:
            return False
        zero_window = row.timer == ZERO_WINDOW_PROBE
        if zero_window or certain:
            held_back = row.info.notsent_bytes
            evidence = {"bytes_read": after, "unread": unread, "zero_window": zero_window, "client_not_sent": held_back}
            self._line.record.applied(planned, self._line.target, **evidence)
        return zero_window or certain

    def finish(self) -> None:
        """The conversation is over: say how slowly it was read."""
        for planned, _ in self._rates if self._taken else ():
            seconds = round(max(self._turn, self._began) - self._began, 4)
            self._line.record.applied(planned, self._line.target, bytes_read=self._taken, seconds=seconds)
