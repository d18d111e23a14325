"""The scene of one run: the network, its names and its clock, as the patched names of the standard library find them.

Law: a run is found by the thread that asks, and by nothing else. A thread that runs no simulation finds none, and then
every patched name is what it was before.
"""

from __future__ import annotations

import itertools
import time
from _thread import get_ident  # the real one: `threading.get_ident` is one of the patched names
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Final, final

import trio

from simnet.errors import LeakError, NeverEndsError
from simnet.world.virtual.names import VirtualNames
from simnet.world.virtual.network import VirtualNetwork

if TYPE_CHECKING:
    from simnet.simulation.greenlets import Life
    from simnet.simulation.sockets import BlockingSocket

__all__ = ["FIRST_DESCRIPTOR", "UPTIME", "WALL", "Scene", "scene_here", "set_scene"]

UPTIME: Final = 65_536.0
"""`time.monotonic()` at second 0. Not 0, which a program may take for "never"; a power of two, so that little is rounded."""

WALL: Final = 1_767_225_600.0
"""`time.time()` at second 0: 2026-01-01 00:00 UTC, in every run."""

FIRST_DESCRIPTOR: Final = 1 << 20
"""Virtual descriptors are told from real ones, so that none is ever given to the kernel by mistake (fs.nr_open)."""

MOST_READINGS: Final = 1_000_000
"""How often a clock may be read while no time passes."""

real_monotonic: Final = time.monotonic

_scenes: dict[int, Scene] = {}


@final
class Scene:
    """What the patched names need in one run. Made in the run's thread, inside of Trio."""

    def __init__(
        self, net: VirtualNetwork, names: VirtualNames, nursery: trio.Nursery, seed: int, order: int | None = None
    ) -> None:
        """`order`: the seed of extra turns that blocking calls give to others; None: no extra turns."""
        self.net, self.names, self.nursery = net, names, nursery
        self.entropy = Random(seed)  # noqa: S311 - chance that can be repeated
        """What `os.urandom` gives."""
        self.order = None if order is None else Random(order)  # noqa: S311
        self.life: Life | None = None
        """The blocking code that runs at this moment; None: a task of Trio does."""
        self.lives: dict[trio.lowlevel.Task, Life] = {}
        self.descriptors: dict[int, BlockingSocket] = {}
        self.idents = itertools.count(1 << 62)
        """For greenlets that stand for threads; a real ident is an address, and lower."""
        self.leaks: list[LeakError] = []
        self.is_over = False
        """Whether the network is gone: a socket that is collected afterwards has nobody to tell."""
        self._clock = trio.lowlevel.current_clock()
        self._began = self._clock.current_time()
        self._moment, self._readings = -1.0, 0

    def now(self) -> float:
        """Seconds since the run began. Raises `NeverEndsError` if it is read for ever while none passes."""
        now = self._clock.current_time()
        if now != self._moment:
            self._moment, self._readings = now, 0
        self._readings += 1
        if self._readings > MOST_READINGS:
            raise NeverEndsError(f"the client reads the clock again and again at {now:.3f} s, and lets no time pass")
        return now - self._began


def scene_here() -> Scene | None:
    """The scene of this thread's run, if it runs one."""
    return _scenes.get(get_ident())


@contextmanager
def set_scene(scene: Scene) -> Iterator[Scene]:
    """In this block it is the scene of this thread."""
    _scenes[get_ident()] = scene
    try:
        yield scene
    finally:
        scene.is_over = True
        del _scenes[get_ident()]
