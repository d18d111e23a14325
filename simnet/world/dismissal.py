"""Connections that are accepted only to be ended.

Law: the way it ends is the kernel's (a RST is a RST, a FIN is a FIN), and it is proven at the client's own end, which
sock_diag shows whoever the client belongs to.
"""

from __future__ import annotations

import socket

import trio

from simnet.plan.plan import PlannedFault
from simnet.trace.events import Closed
from simnet.world.drain import drain
from simnet.world.kernel.options import abort_on_close
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.network import Endpoint, Network, StreamSocket
from simnet.world.record import Record

__all__ = ["Dismissal"]

PATIENCE = 2.0
"""Seconds for a segment to cross loopback on a loaded machine; it is there before close(2) returns."""

POLL = 0.001
STILL_OPEN = {TcpState.ESTABLISHED, TcpState.SYN_RECV, TcpState.SYN_SENT}


class Dismissal:
    """Ends the `number`-th connection, as `planned` wants it."""

    def __init__(self, sock: StreamSocket, number: int, planned: PlannedFault, record: Record, net: Network) -> None:
        self._sock, self._number, self._planned = sock, number, planned
        self._record, self._net = record, net
        self._ends = _ends(sock)

    async def with_rst(self) -> None:
        """RST: the client's socket leaves the kernel's tables, with ECONNRESET for its owner."""
        with self._record.proving():
            abort_on_close(self._sock)
            self._sock.close()
            row = await self._client_notices()
            self._say("RST", row, struck=row is None or row.state not in STILL_OPEN)

    async def with_fin(self) -> None:
        """FIN, and nothing else: what the client still sends is read and thrown away until it has closed."""
        try:
            self._sock.shutdown(socket.SHUT_WR)
        except OSError:  # ENOTCONN: the client has reset it
            self._say("FIN", None, struck=False)
            return
        with self._record.proving():
            row = await self._client_notices()
            self._say("FIN", row, struck=row is None or row.state not in STILL_OPEN)
        self._sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
        await drain(self._net, self._sock)

    async def _client_notices(self) -> DiagRow | None:
        row = self._find()
        with trio.move_on_after(PATIENCE):
            while row is not None and row.state in STILL_OPEN:
                await self._net.look_again(POLL)
                row = self._find()
        return row

    def _find(self) -> DiagRow | None:
        return None if self._ends is None else self._net.diag.find(*self._ends)

    def _say(self, how: str, row: DiagRow | None, *, struck: bool) -> None:
        target, state = f"connection {self._number}", "gone" if row is None else row.state.name
        if self._ends is None:
            self._record.failed(self._planned, target, "the client had reset it before it was accepted")
        elif struck:
            self._record.applied(self._planned, target, sent=how, client_tcp_state=state)
        else:
            self._record.failed(self._planned, target, f"the {how} has not reached the client", client_tcp_state=state)
        self._record.add(Closed, connection=self._number, by="service", how=how, bytes_in=0, bytes_out=0)


def _ends(sock: StreamSocket) -> tuple[Endpoint, Endpoint] | None:
    """(the client's end, ours); None if the client has reset the connection."""
    try:
        return sock.getpeername()[:2], sock.getsockname()[:2]
    except OSError:
        return None
