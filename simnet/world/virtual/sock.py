"""A TCP socket as the virtual kernel knows it, before it does anything: its state, its names, and who waits for it.

Law: fields and their meaning are those of struct sock and struct inet_sock; the protocol (`tcb.py`) moves them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.network import Endpoint
from simnet.world.virtual.flow import Arrivals, Outgoing
from simnet.world.virtual.settings import Settings
from simnet.world.virtual.timers import Timer

if TYPE_CHECKING:
    from simnet.world.virtual.kernel import Kernel
    from simnet.world.virtual.tcb import Tcb

__all__ = ["BOTH", "RECEIVE", "SEND", "Sock"]

RECEIVE, SEND, BOTH = 1, 2, 3
"""RCV_SHUTDOWN, SEND_SHUTDOWN, SHUTDOWN_MASK (include/net/sock.h)."""


class Sock:
    """A TCP socket, connected or not; `Tcb` is the only kind. `held`: it was not closed (a connection in the accept queue neither)."""

    def __init__(self, kernel: Kernel, settings: Settings, *, held: bool) -> None:
        self.kernel, self.settings, self.held = kernel, settings, held
        self.cookie = kernel.next_cookie()
        self.state = TcpState.CLOSE
        self.phase = "unconnected"
        """Of struct socket: unconnected, connecting, connected, disconnecting (include/uapi/linux/net.h)."""
        self.shutdown = 0
        self.error = 0
        self.done = False
        """A FIN has come (SOCK_DONE): from now on the end of file is told before any error."""
        self.local: Endpoint = kernel.nowhere(settings.six)
        self.remote: Endpoint = kernel.nowhere(settings.six)
        self.port_number = 0
        """inet_num: 0 once it has no port, though getsockname(2) goes on telling the last one."""
        self.dialled_four = False
        self.severed = False
        """It demands a signature that its peer has not, and the other way round: nothing passes (RFC 2385)."""
        self.inode = 0
        """Of the descriptor by which a program has it; 0 in the accept queue and after close."""
        self.is_destroyed = False
        self.address_is_own = self.port_is_own = False
        """bind(2) named it: SOCK_BINDADDR_LOCK, SOCK_BINDPORT_LOCK."""
        self.queue: deque[Tcb] = deque()
        """Of a listener: connections to be accepted."""
        self.backlog = 0
        self.out, self.arrived = Outgoing(), Arrivals(settings.room(kernel.parameters))
        self.timer: Timer | None = None
        self.syns = self.retransmits = self.retransmitted = self.drops = 0
        self.segments_in = self.segments_out = self.data_in = self.data_out = 0
        self.acknowledged = 0
        """Bytes, the SYN of a client counted as one (tcpi_bytes_acked)."""
        self.asking: Timer | None = None
        """Keep-alive: when the next probe is due."""
        self.stuck: Timer | None = None
        """TCP_USER_TIMEOUT: when bytes have waited long enough for a window."""
        self.heard = 0.0
        """When the last segment came."""
        self.probes = 0
        """How many were not answered."""
        self.began_again: float | None = None
        """When the first of what was not acknowledged yet was sent a second time."""
        self._watchers: dict[object, Callable[[], None]] = {}
        self.pushing = False
        """It is sending at this moment: what is acknowledged meanwhile needs no push of its own."""

    # What programs wait for -------------------------------------------------------------------------------

    def watch(self, told: Callable[[], None]) -> object:
        """Call `told` whenever something has changed, until `unwatch` is given what this returns."""
        key = object()
        self._watchers[key] = told
        return key

    def unwatch(self, key: object) -> None:
        """End a `watch`."""
        self._watchers.pop(key, None)

    def wake(self) -> None:
        """Something has changed that somebody may wait for."""
        for told in tuple(self._watchers.values()):
            told()
        self.kernel.touched()

    # Who holds what (see `ports.Holder`) ------------------------------------------------------------------

    @property
    def listens(self) -> bool:
        """Whether it is in LISTEN."""
        return self.state is TcpState.LISTEN

    @property
    def six_only(self) -> bool:
        """IPV6_V6ONLY."""
        return self.settings.six_only

    @property
    def reuse_address(self) -> bool:
        """SO_REUSEADDR."""
        return self.settings.reuse_address

    @property
    def reuse_port(self) -> bool:
        """SO_REUSEPORT."""
        return self.settings.reuse_port
