"""After our FIN: reading on until the client has closed as well.

Law: a FIN stays a FIN. A socket that is closed while the client still sends answers with RST (RFC 9293 section 3.10.7.1),
and then the client meets another failure than the one that the scenario names.
"""

from __future__ import annotations

from collections.abc import Callable

from simnet.world.network import Network, StreamSocket

__all__ = ["drain"]

PIECE = 1 << 16


async def drain(net: Network, raw: StreamSocket, tell: Callable[[int], None] | None = None) -> None:
    """Read from `raw` (not blocking) and throw away until the client's FIN or RST; `tell` how many bytes each time."""
    while True:
        await net.wait_readable(raw)
        try:
            count = len(raw.recv(PIECE))
        except BlockingIOError:
            continue
        except OSError:
            return
        if not count:
            return
        if tell is not None:
            tell(count)
