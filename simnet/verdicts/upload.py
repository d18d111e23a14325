"""At the upload: how the service reads what the client sends."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ReadSlowly", "StopReading", "UploadVerdict"]


@dataclass(frozen=True, slots=True)
class StopReading:
    """After `after` bytes of the client nothing is read for `seconds` (None: ever); the receive buffer does not grow."""

    after: int
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ReadSlowly:
    """At most so many bytes a second are read; the receive buffer does not grow."""

    bytes_per_second: int


UploadVerdict = StopReading | ReadSlowly
