"""After our FIN: reading on until the client has closed as well.

Law: a FIN stays a FIN. A socket that is closed while the client still sends answers with RST (RFC 9293 section 3.10.7.1),
and then the client meets another failure than the one that the scenario names.
"""

from __future__ import annotations

from simnet.world.network import Network, StreamSocket

__all__ = ["drain"]

PIECE = 1 << 16


async def drain(net: Network, raw: StreamSocket) -> None:
    """Read from `raw` (not blocking) and throw away until the client's FIN or RST."""
    while True:
        await net.wait_readable(raw)
        try:
            if not raw.recv(PIECE):
                return
        except BlockingIOError:
            continue
        except OSError:
            return
