"""An attempt in the virtual network, announced before the virtual kernel acts.

Law: as `visitor.OwnSocket`: it can be looked at, never held. All are of one thread, since one runs at a time.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, final

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.visitor import Glimpse

if TYPE_CHECKING:
    from simnet.world.virtual.sockets import VirtualSocket

__all__ = ["VirtualVisitor"]


@final
class VirtualVisitor:
    """A virtual socket that is about to connect; implements `visitor.Visitor`."""

    counted = "by audit"
    """Exact, and before the fact, as the audit event is for sockets of this process."""
    deniable = False

    def __init__(self, sock: VirtualSocket) -> None:
        self.cookie = sock.tcb.cookie
        self.thread = "virtual", 0
        self._sock = weakref.ref(sock)
        self.arrived = self.glimpse()

    def glimpse(self) -> Glimpse | None:
        """See `Visitor`."""
        sock = self._sock()
        if sock is None or sock.fileno() < 0:
            return None
        return Glimpse(TcpState(sock.tcb.state), sock.tcb.local[1])
