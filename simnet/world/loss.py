"""True packet loss: for each millisecond the seed says whether what the client sends is dropped.

Law: the kernel drops the segments (IP_MINTTL on the accepted socket) and the client's kernel sends them again; no byte is
ever missing from the stream. A slot is struck as exactly as a timer of this machine fires: a loop that wakes late skips
to the slot that is due, so which slots lose is the seed's choice, and which segments fall into them is the client's.
"""

from __future__ import annotations

import trio

from simnet.faults.contract import Lose
from simnet.plan.plan import PlannedFault
from simnet.world.kernel.options import dropped_segments, set_min_ttl
from simnet.world.line import Line

__all__ = ["lose_segments"]

SLOT = 0.001
"""Seconds. A burst of loss on a busy link lasts about so long; shorter slots would outrun the timer."""


async def lose_segments(line: Line, planned: PlannedFault, verdict: Lose) -> None:
    """Lose segments on `line` until cancelled; say so at the first that was lost."""
    start, slot, lossy, said = trio.current_time(), 0, False, False
    while True:
        now = int((trio.current_time() - start) / SLOT)
        while slot <= now:
            lossy, slot = verdict.draw.random() < verdict.chance, slot + 1
        set_min_ttl(line.raw, on=lossy)
        await trio.sleep_until(start + slot * SLOT)
        if not said and (dropped := dropped_segments(line.raw)):
            said = True
            line.record.applied(planned, line.target, segments_dropped=dropped, by="IP_MINTTL")
