"""asyncio, unchanged: its own loop, transports and TLS, on a selector that waits in a greenlet.

Law: this is `asyncio.SelectorEventLoop`; only what it would ask of the kernel is answered here. A loop written in C that
asks the kernel itself (uvloop) cannot be had.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from simnet.simulation.greenlets import is_inside
from simnet.simulation.raw import find_names
from simnet.simulation.readiness import VirtualSelector
from simnet.simulation.scene import scene_here
from simnet.world.virtual.private import LoopWithoutPipe

__all__ = ["new_event_loop", "run_on_asyncio"]

T = TypeVar("T")

real_new_event_loop: Final = asyncio.new_event_loop


class VirtualLoop(LoopWithoutPipe):
    """The loop of `asyncio.run` in a simulation."""

    def __init__(self) -> None:
        self._virtual = VirtualSelector()
        super().__init__(self._virtual)
        scene = scene_here()
        assert scene is not None, "loops are made in a run"
        assert scene.life is not None, "by blocking code"
        scene.life.shown = self._stacks

    def wake(self) -> None:
        """Another thread has work for the loop (`call_soon_threadsafe`)."""
        self._virtual.wake()

    async def getaddrinfo(  # noqa: PLR0913 - as in asyncio
        self,
        host: Any,
        port: Any,
        *,
        family: int = 0,
        type: int = 0,  # noqa: A002
        proto: int = 0,
        flags: int = 0,
    ) -> Any:
        """See `asyncio`; nobody has to wait, so no thread is made for it."""
        return find_names(host, port, family, type, proto, flags)

    def _stacks(self) -> list[str]:
        """Where each task waits."""
        return [_stack(task) for task in sorted(asyncio.all_tasks(self), key=lambda one: one.get_name())]


def _stack(task: asyncio.Task[Any]) -> str:
    said = io.StringIO()
    task.print_stack(file=said)
    return said.getvalue().rstrip()


def new_event_loop() -> asyncio.AbstractEventLoop:
    """`asyncio.new_event_loop`."""
    return VirtualLoop() if is_inside() else real_new_event_loop()


def run_on_asyncio(client: Callable[..., Awaitable[T]], *args: Any) -> T:
    """`asyncio.run(client(*args))`, in blocking code."""

    async def main() -> T:
        return await client(*args)

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main())
