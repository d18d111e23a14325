"""Dialling the upstream of a proxy.

Law: as a client would: the kernel's own patience, its own errno, and nobody's attempt but simnet's. Nothing is dialled
that the plan does not name.
"""

from __future__ import annotations

import errno
import os
import socket

import trio

from simnet.world.kernel.options import no_delay
from simnet.world.network import Endpoint, Network, StreamSocket

__all__ = ["dial"]


async def dial(net: Network, upstream: Endpoint) -> StreamSocket:
    """A socket that is connected to `upstream`, not blocking. Raises `OSError` with what connect(2) or the network says."""
    sock = net.socket(socket.AF_INET6 if ":" in upstream[0] else socket.AF_INET)
    try:
        sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
        no_delay(sock)
        with net.own_connects():
            status = sock.connect_ex(upstream)
        await trio.lowlevel.checkpoint()
        if status == errno.EINPROGRESS:
            await net.wait_writable(sock)
            status = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except BaseException:
        net.closing(sock)
        sock.close()
        raise
    if status:
        sock.close()
        raise OSError(status, os.strerror(status))
    return sock
