"""What blocking sockets stand on: sockets of the virtual kernel, names, and waiting for one of them.

Law: asked from outside of blocking code, each name here does what it does in Python.
"""

from __future__ import annotations

import errno
import math
import os
import socket
from collections.abc import Callable
from typing import Any, Final, cast

import trio

from simnet.simulation.guard import is_number
from simnet.simulation.scene import Scene, scene_here
from simnet.world.virtual.network import wait_until
from simnet.world.virtual.refusal import not_modelled
from simnet.world.virtual.sockets import VirtualSocket
from simnet.world.virtual.udp import VirtualUdpSocket

__all__ = ["Raw", "find_names", "is_readable", "is_writable", "open_raw", "scene_inside", "until_ready"]

Raw = VirtualSocket | VirtualUdpSocket

MODE_BITS: Final = socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC

real_getaddrinfo: Final = socket.getaddrinfo


async def until_ready(raw: Raw, ready: Callable[[Any], bool], seconds: float | None) -> bool:
    """Whether it is ready within that time."""
    with trio.move_on_after(math.inf if seconds is None else seconds):
        try:
            await wait_until(cast("VirtualSocket", raw), ready)  # or of UDP: it asks only what both have
        except trio.ClosedResourceError:
            raise OSError(errno.EBADF, os.strerror(errno.EBADF)) from None
        return True
    return False


def is_readable(raw: Raw) -> bool:
    return raw.is_readable()


def is_writable(raw: Raw) -> bool:
    return raw.is_writable()


def open_raw(scene: Scene, family: int, kind: int) -> Raw:
    family, kind = socket.AF_INET if family == -1 else family, socket.SOCK_STREAM if kind == -1 else kind & ~MODE_BITS
    if kind == socket.SOCK_STREAM:
        raw = VirtualSocket(scene.net.kernel, scene.net.client, family)
        raw.setblocking(False)  # noqa: FBT003 - the name of the socket module
        return raw
    if kind == socket.SOCK_DGRAM and family in {socket.AF_INET, socket.AF_INET6}:
        return VirtualUdpSocket(scene.net.kernel, scene.net.client, family)
    raise not_modelled(f"sockets of family {family} and type {kind}")


def scene_inside() -> Scene:
    """The scene of blocking code, which is there."""
    scene = scene_here()
    assert scene is not None, "blocking sockets are made in a run"
    return scene


def find_names(  # noqa: PLR0913, PLR0917 - as in socket
    host: Any,
    port: Any,
    family: int = 0,
    type: int = 0,  # noqa: A002
    proto: int = 0,
    flags: int = 0,
) -> Any:
    """`socket.getaddrinfo`. Trio asks the real one first whether a name is a number."""
    scene = scene_here()
    if scene is not None and flags & socket.AI_NUMERICHOST and not is_number(host):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    if scene is None or scene.life is None:
        return real_getaddrinfo(host, port, family, type, proto, flags)
    return scene.names.find(host, port, family, type)
