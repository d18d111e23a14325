"""`trio.to_thread` in a run: what would have had a thread has a greenlet.

Law: Trio's clock does not wait for threads, so none is started; the function's blocking calls take virtual time, and
other tasks go on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Final, TypeVar

import trio

from simnet.simulation.greenlets import in_greenlet
from simnet.simulation.scene import scene_here

__all__ = ["run_sync"]

T = TypeVar("T")

real_run_sync: Final = trio.to_thread.run_sync


async def run_sync(sync_fn: Callable[..., T], *args: Any, **options: Any) -> T:
    """`trio.to_thread.run_sync`. Without greenlet the function is simply called, and must not block."""
    scene = scene_here()
    if scene is None:
        return await real_run_sync(sync_fn, *args, **options)
    async with options.get("limiter") or trio.to_thread.current_default_thread_limiter():
        await trio.lowlevel.checkpoint()
        if find_spec("greenlet") is None:
            return sync_fn(*args)
        return await in_greenlet(sync_fn, *args, ident=next(scene.idents))
