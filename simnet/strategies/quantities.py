"""Strategies for the quantities of a scenario: what a person would write first, shrinking towards it.

Law: every bound is checked when the strategy is made, and every value drawn prints as it would be written. Whole seconds
come before tenths, and the first bytes of a reply before the rest: a cut within the status line, and one anywhere.
"""

from __future__ import annotations

import math

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from simnet.values import ByteCount, Chance, Duration, Rate

__all__ = ["byte_counts", "chances", "durations", "rates", "whole_number"]

TENTH = 100_000
"""Microseconds."""

FIRST_BYTES = 8
"""A cut so early is within the first word of any reply, where clients are the least careful."""


def whole_number(name: str, value: object, least: int, most: int) -> int:
    """`value` if it is a whole number from `least` to `most`; raises `InvalidArgument` that names the parameter if not."""
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise InvalidArgument(f"{name}={value!r}: write a whole number from {least} to {most}")
    return value


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 24 * 3600:
        raise InvalidArgument(f"{name}={value!r}: write a number of seconds from 0 to 86400")
    return float(value)


def _in_order(low: tuple[str, float], high: tuple[str, float]) -> None:
    if low[1] > high[1]:
        raise InvalidArgument(f"{low[0]}={low[1]:g} is greater than {high[0]}={high[1]:g}; exchange them")


def durations(*, min_seconds: float = 1, max_seconds: float = 120) -> st.SearchStrategy[Duration]:
    """Lengths of time between the two, in whole seconds or in tenths.

    Shrinks to the shortest, and from tenths to whole seconds. Raises `InvalidArgument` for bounds that cannot be.
    """
    low, high = _seconds("min_seconds", min_seconds), _seconds("max_seconds", max_seconds)
    _in_order(("min_seconds", low), ("max_seconds", high))
    tenths = st.integers(math.ceil(low * 10 - 1e-9), max(math.ceil(low * 10 - 1e-9), math.floor(high * 10 + 1e-9)))
    fine = tenths.map(lambda tenth: Duration(min(max(tenth * TENTH, round(low * 1e6)), round(high * 1e6))))
    if math.ceil(low) > math.floor(high):
        return fine
    return st.one_of(st.integers(math.ceil(low), math.floor(high)).map(Duration.of), fine)


def byte_counts(*, min_bytes: int = 0, max_bytes: int = 256) -> st.SearchStrategy[ByteCount]:
    """Numbers of bytes between the two, the first eight as often as all the others.

    Shrinks to the fewest. Raises `InvalidArgument` for bounds that cannot be.
    """
    low = whole_number("min_bytes", min_bytes, 0, 2**40)
    high = whole_number("max_bytes", max_bytes, 0, 2**40)
    _in_order(("min_bytes", low), ("max_bytes", high))
    first, any_of_them = st.integers(low, min(low + FIRST_BYTES, high)), st.integers(low, high)
    return st.one_of(first, any_of_them).map(ByteCount)


def rates(*, min_per_second: int = 1, max_per_second: int = 10_000) -> st.SearchStrategy[Rate]:
    """Bytes per second between the two; shrinks to the slowest. Raises `InvalidArgument` for bounds that cannot be."""
    low = whole_number("min_per_second", min_per_second, 1, 10**11)
    high = whole_number("max_per_second", max_per_second, 1, 10**11)
    _in_order(("min_per_second", low), ("max_per_second", high))
    return st.integers(low, high).map(Rate)


def chances(*, min_percent: int = 1, max_percent: int = 100) -> st.SearchStrategy[Chance]:
    """Probabilities in whole percent; shrinks to the least. Raises `InvalidArgument` for bounds that cannot be."""
    low = whole_number("min_percent", min_percent, 0, 100)
    high = whole_number("max_percent", max_percent, 0, 100)
    _in_order(("min_percent", low), ("max_percent", high))
    return st.integers(low, high).map(lambda percent: Chance(percent * 10_000))
