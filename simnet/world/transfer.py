"""Bytes in and out of a socket that does not block: one system call, repeated when the kernel says that it can be done.

Law: no byte is kept here; what the kernel refuses is raised as the OSError it is, and `trio.ClosedResourceError` if the
socket is closed meanwhile.
"""

from __future__ import annotations

import trio

from simnet.world.network import Network, StreamSocket

__all__ = ["receive", "send"]


async def receive(net: Network, raw: StreamSocket, most: int) -> bytes:
    """The next bytes, `most` at most; b"" after the other side's FIN."""
    await trio.lowlevel.checkpoint()
    while True:
        try:
            return raw.recv(most)
        except BlockingIOError:
            await net.wait_readable(raw)


async def send(net: Network, raw: StreamSocket, data: memoryview) -> int:
    """Give the kernel as much of `data` as it takes at once; how many bytes that were."""
    await trio.lowlevel.checkpoint()
    while True:
        try:
            return raw.send(data)
        except BlockingIOError:
            await net.wait_writable(raw)
