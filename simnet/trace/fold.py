"""Long diagrams made short: what repeats is folded, then the middle is left out.

Law: what is left out is counted, never silently dropped, and a run that fits is shown whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from simnet.trace.rows import Row
from simnet.trace.wording import plural

__all__ = ["Elision", "shorten"]

LONGEST_ROUND = 12
"""Rows of the longest round that is looked for: an attempt with its connection, request, reply, fault and end."""
FEWEST_ROUNDS = 5
"""Fewer are shown: two are kept at the beginning and one at the end."""
KEPT_BEFORE, KEPT_AFTER = 2, 1


@dataclass(frozen=True, slots=True)
class Elision:
    """Rows that are not drawn, from `t` on to `until`."""

    t: float
    until: float
    words: str


def shorten(rows: Sequence[Row], most: int) -> list[Row | Elision]:
    """At most about `most` rows: all of them if they fit, or folded, or folded with the middle left out."""
    if len(rows) <= most:
        return list(rows)
    folded = list(_fold(rows))
    if len(folded) <= most:
        return folded
    head, tail = most * 2 // 3, most - most * 2 // 3
    hidden = folded[head:-tail]
    words = f"{plural(len(hidden), 'row')} of the diagram left out"
    return [*folded[:head], Elision(hidden[0].t, hidden[-1].until, words), *folded[-tail:]]


def _fold(rows: Sequence[Row]) -> Iterator[Row | Elision]:
    start = 0
    while start < len(rows):
        period, rounds = _longest_repeat(rows, start)
        if rounds < FEWEST_ROUNDS or _opens_within(rows, start, period):
            yield rows[start]
            start += 1
            continue
        first, end = start + KEPT_BEFORE * period, start + rounds * period
        last = end - KEPT_AFTER * period
        yield from rows[start:first]
        yield _elision(rows[first:last], period)
        yield from rows[last:end]
        start = end


def _longest_repeat(rows: Sequence[Row], start: int) -> tuple[int, int]:
    """The period, in rows, whose repetition from `start` on covers most, and how often it comes."""
    found = ((period, _rounds(rows, start, period)) for period in range(1, LONGEST_ROUND + 1))
    return max(found, key=lambda repeat: (repeat[0] * repeat[1] if repeat[1] >= FEWEST_ROUNDS else 0, -repeat[0]))


def _opens_within(rows: Sequence[Row], start: int, period: int) -> bool:
    """Whether the round had better begin a little later, with an attempt."""
    return not rows[start].opens and any(row.opens for row in rows[start : start + period])


def _rounds(rows: Sequence[Row], start: int, period: int) -> int:
    at = start + period
    while at < len(rows) and rows[at].alike == rows[at - period].alike:
        at += 1
    return (at - start) // period


def _elision(hidden: Sequence[Row], period: int) -> Elision:
    count = len(hidden) // period
    words = f"{count} more" if period == 1 else f"{count} more rounds of these {period} rows"
    return Elision(hidden[0].t, hidden[-1].until, words)
