"""The small timeline beneath a difference: one line for each try, drawn to scale, never wider than asked.

Law: text alone, so that it can stand in a message, in JSON and on a terminal; what a client wrote is shown, never obeyed.
"""

from __future__ import annotations

from collections.abc import Sequence

from simnet.trace.tries import Try
from simnet.trace.wording import shown

__all__ = ["timeline"]

MOST = 8
"""Lines; of more tries the middle is left out."""
TIME, WORDS = 10, 30
"""Cells for the time and for the words of a line."""


def timeline(tries: Sequence[Try], width: int = 80) -> str:
    """The tries between the first beginning and the last end; "" if there are none."""
    if not tries:
        return ""
    start = min(one.began for one in tries)
    end = max(one.began if one.ended is None else one.ended for one in tries)
    room = max(10, width - TIME - WORDS - 2)
    scale = (room - 1) / (end - start) if end > start else 0.0
    lines = [_line(one, start, scale, room, width) for one in tries]
    if len(lines) > MOST:
        left = len(lines) - MOST + 1
        lines = [*lines[: MOST - 3], f"{'...':>{TIME - 1}} {left} more", *lines[-2:]]
    return "\n".join(lines)


def _line(one: Try, start: float, scale: float, room: int, width: int) -> str:
    at = round((one.began - start) * scale)
    until = room - 1 if one.ended is None else round((one.ended - start) * scale)
    bar = " " * at + "━" * max(1, until - at + 1) + ("▸" if one.ended is None else "")
    words = f"{one.name}: {shown(one.how)}"
    return f"{one.began:>{TIME - 1}.3f} {bar:<{room + 1}} {words}"[:width].rstrip()
