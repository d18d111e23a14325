"""Letting in one client that waits in SYN_SENT, while everybody else's SYNs go on being dropped.

Law: simultaneous open (RFC 9293 section 3.5, figure 8). A second socket on the service's address connects to the
client's own port; the client's kernel takes the crossing SYN for the answer to its own, and connect(2) returns there.
Nothing is forged: both ends are ordinary sockets in ESTABLISHED.
"""

from __future__ import annotations

import errno
import socket

import trio

from simnet.world.door import Door
from simnet.world.network import Network, StreamSocket

__all__ = ["admit"]

PATIENCE = 1.0
"""Seconds. On loopback both ends are connected before connect(2) returns; a client that has left answers with a RST."""


async def admit(net: Network, door: Door, client: tuple[str, int]) -> StreamSocket | None:
    """Connect `client` to the service; None if it has gone meanwhile."""
    sock = door.bind_beside()
    try:
        with net.own_connects():
            status = sock.connect_ex(client)
        if status == errno.EINPROGRESS:
            with trio.move_on_after(PATIENCE):
                await net.wait_writable(sock)
                status = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    except BaseException:
        sock.close()
        raise
    if status:
        sock.close()
        return None
    return sock
