"""Figures in the notation of a scenario, so that what is explained can be copied into one."""

from __future__ import annotations

from simnet.values import ByteCount, Duration

__all__ = ["in_bytes", "in_time", "lasting_for"]


def in_time(length: float) -> str:
    """Seconds in the notation of scenarios."""
    return str(Duration.of(length))


def in_bytes(count: int) -> str:
    """A number of bytes in the notation of scenarios."""
    return str(ByteCount(count))


def lasting_for(lasting: float | None) -> str:
    """ ", for 2s"; nothing for what lasts for ever."""
    return "" if lasting is None else f", for {in_time(lasting)}"
