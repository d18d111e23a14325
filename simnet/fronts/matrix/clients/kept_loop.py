"""One event loop that goes on between the calls of a process, as it does in a program of its users.

Law: a loop that stood still between two calls would not see that a kept connection has ended meanwhile, and what came of
it would be our doing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

__all__ = ["wait_for"]

T = TypeVar("T")

loop = asyncio.new_event_loop()
threading.Thread(target=loop.run_forever, daemon=True).start()


def wait_for(coroutine: Coroutine[Any, Any, T]) -> T:
    """What it returns; what it raises."""
    return asyncio.run_coroutine_threadsafe(coroutine, loop).result()
