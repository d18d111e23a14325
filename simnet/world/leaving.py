"""A server that goes without having read everything.

Law: the RST is the kernel's: a close with unread bytes sends one (RFC 2525 section 2.17; tcp_close, net/ipv4/tcp.c). What
was unread, and what was really sent, is read from the kernel and told.
"""

from __future__ import annotations

import contextlib
import socket

import trio

from simnet.services.contract import ClientGone
from simnet.world.line import POLL, Line

__all__ = ["end_unread", "leave_unread"]

ON_ITS_WAY = 0.5
"""Seconds for bytes that a client is sending to be there, on a loaded machine."""


async def leave_unread(line: Line) -> dict[str, str | float]:
    """Close with what has come and was not read, for which the kernel sends RST; what was unread, and what was sent."""
    unread = await _comes_unread(line)
    by, how = line.what_a_close_is("service")
    sent = how if by == "service" else "nothing"  # to a client that has left by itself
    line.close("service", "FIN")
    with trio.move_on_after(1 if sent == "RST" else 0):
        while line.client_row() is not None:
            await line.look_again(POLL)
    return {"unread": unread, "sent": sent}


async def end_unread(line: Line) -> dict[str, str | float]:
    """Send FIN and read no more; the socket stays open, so that what comes is not yet answered with RST."""
    try:
        line.raw.shutdown(socket.SHUT_WR)
    except OSError:  # ENOTCONN: the client has left by itself
        return {"unread": line.unread(), "sent": "nothing"}
    await line.until_fin_is_there()
    return {"unread": line.unread(), "sent": "FIN"}


async def _comes_unread(line: Line) -> int:
    """Bytes that are unread once the client has all that was sent; what it is sending is given time to be there."""
    with contextlib.suppress(ClientGone):
        await line.until_acknowledged()
    with trio.move_on_after(ON_ITS_WAY):
        await line.until_readable()
    return line.unread()
