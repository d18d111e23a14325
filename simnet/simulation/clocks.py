"""Clocks, sleep and chance of the standard library, in a run.

Law: in the thread of a run they are the run's; in any other, the real ones. A sleep that would stop the clock, because a
task of Trio makes it, is refused.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

import trio

from simnet.simulation.greenlets import wait_for
from simnet.simulation.guard import leaks
from simnet.simulation.scene import UPTIME, WALL, Scene, scene_here

__all__ = ["CLOCKS", "sleep", "urandom"]

real_sleep: Final = time.sleep
real_urandom: Final = os.urandom


def _clock(real: Callable[[], Any], read: Callable[[Scene], Any]) -> Callable[[], Any]:
    """A clock that is the scene's where there is one."""

    def clock() -> Any:
        scene = scene_here()
        return real() if scene is None else read(scene)

    clock.__name__ = real.__name__
    return clock


def _whole(read: Callable[[Scene], float]) -> Callable[[Scene], int]:
    return lambda scene: round(read(scene) * 1e9)


def _uptime(scene: Scene) -> float:
    return UPTIME + scene.now()


def _wall(scene: Scene) -> float:
    return WALL + scene.now()


CLOCKS: Final[Mapping[str, Callable[[], Any]]] = {
    "monotonic": _clock(time.monotonic, _uptime),
    "monotonic_ns": _clock(time.monotonic_ns, _whole(_uptime)),
    "perf_counter": _clock(time.perf_counter, _uptime),
    "perf_counter_ns": _clock(time.perf_counter_ns, _whole(_uptime)),
    "time": _clock(time.time, _wall),
    "time_ns": _clock(time.time_ns, _whole(_wall)),
}
"""Name in `time` -> what stands there. `datetime.now` reads the machine's clock in C and is not among them."""


def sleep(seconds: float, /) -> None:
    """`time.sleep`."""
    scene = scene_here()
    if scene is None:
        real_sleep(seconds)
    elif scene.life is None:
        leaks(scene, "time.sleep stops the clock for every task of Trio; await trio.sleep, or use sim.run_sync")
    elif seconds < 0:
        raise ValueError("sleep length must be non-negative")
    else:
        wait_for(trio.sleep, seconds)


def urandom(size: int, /) -> bytes:
    """`os.urandom`: as the seed says."""
    scene = scene_here()
    return real_urandom(size) if scene is None else scene.entropy.randbytes(size)
