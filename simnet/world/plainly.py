"""An exception as itself: what one task raised is not wrapped in the group that a nursery makes of it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

__all__ = ["plainly"]


@contextlib.asynccontextmanager
async def plainly() -> AsyncIterator[None]:
    """An exception of the caller's block comes out as itself, not in the group that a nursery makes of it."""
    try:
        yield
    except BaseExceptionGroup as group:
        if len(group.exceptions) == 1:
            raise group.exceptions[0] from group.exceptions[0].__cause__
        raise
