"""True packet loss: for each millisecond the seed says whether what the client sends is dropped.

Law: the kernel drops the segments (IP_MINTTL on the accepted socket) and the client's kernel sends them again; no byte is
ever missing from the stream. Which slots lose is the seed's choice, and which segments fall into them is the client's.
Said is only what the kernel has counted: a connection whose segments all passed was not struck.
"""

from __future__ import annotations

from collections.abc import Iterator

import trio

from simnet.plan.plan import PlannedFault
from simnet.verdicts.reply import Lose
from simnet.world.line import Line

__all__ = ["lose_segments", "stretches"]

SLOT = 0.001
"""Seconds. A burst of loss on a busy link lasts about so long; shorter slots would outrun the timer."""

LONGEST = 100
"""Slots in one stretch, so that a loss is told of soon, also where every segment is lost."""


def stretches(verdict: Lose) -> Iterator[tuple[bool, int]]:
    """For ever: whether segments are lost, and for how many slots; each slot is drawn once, in order."""

    def draw() -> bool:
        return verdict.draw.random() < verdict.chance

    following = draw()
    while True:
        lossy, slots = following, 1
        while (following := draw()) == lossy and slots < LONGEST:
            slots += 1
        yield lossy, slots


async def lose_segments(line: Line, planned: PlannedFault, verdict: Lose) -> None:
    """Lose segments on `line` until it is closed or this is cancelled; say so at the first that was lost.

    What is past when the machine is late is skipped. It wakes at the ends of stretches only; but once it was late, at
    every slot, since the lateness would lengthen the short stretches (mostly those that lose) more than the long ones.
    """
    end = due = trio.current_time()
    told = False
    try:
        for lossy, slots in stretches(verdict):
            end += slots * SLOT
            while (now := trio.current_time()) < end and not line.is_closed:
                line.drop_arrivals(planned.number, on=lossy)
                due = min(end, now + SLOT) if now - due > SLOT else end
                await trio.sleep_until(due)
                told = told or (lossy and _tell(line, planned))
            if line.is_closed:
                return
    finally:
        line.drop_arrivals(planned.number, on=False)
        if not told:
            _tell(line, planned)


def _tell(line: Line, planned: PlannedFault) -> bool:
    dropped = line.dropped()
    if dropped:
        line.record.applied(planned, line.target, segments_dropped=dropped, by="IP_MINTTL")
    return dropped > 0
