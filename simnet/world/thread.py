"""A world in a thread of its own, for synchronous code and for any other event loop.

Law: the caller's thread only waits, for the world to be up and for it to be down; what went wrong in the world's thread
is raised in the caller's.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager

import trio

from simnet.world.run import World

__all__ = ["in_thread"]

Opener = Callable[[], AbstractAsyncContextManager[World]]


@contextlib.contextmanager
def in_thread(open_world: Opener) -> Iterator[World]:
    """Bring the world up in a new thread, and take it down when the block is left."""
    life = _Life(open_world)
    # A daemon: an interpreter that exits without leaving the block is not kept alive by the network.
    thread = threading.Thread(target=life.live, name="simnet", daemon=True)
    thread.start()
    world = life.up.result()
    try:
        yield world
    finally:
        life.end()
        thread.join()
        life.down.result()


class _Life:
    def __init__(self, open_world: Opener) -> None:
        self.up: Future[World] = Future()
        self.down: Future[None] = Future()
        """How it ended: a bug of ours is raised, not swallowed."""
        self._open_world = open_world
        self._token: trio.lowlevel.TrioToken | None = None
        self._ended: trio.Event

    def live(self) -> None:
        try:
            trio.run(self._live)
        except BaseException as error:  # noqa: BLE001 - it is raised in the caller's thread
            (self.down if self.up.done() else self.up).set_exception(error)
        else:
            self.down.set_result(None)

    async def _live(self) -> None:
        self._ended, self._token = trio.Event(), trio.lowlevel.current_trio_token()
        async with self._open_world() as world:
            self.up.set_result(world)
            await self._ended.wait()

    def end(self) -> None:
        assert self._token is not None, "the world was up"
        with contextlib.suppress(trio.RunFinishedError):
            self._token.run_sync_soon(self._ended.set)
