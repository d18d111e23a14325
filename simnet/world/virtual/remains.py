"""What is left of a connection that is over: it answers late segments, and keeps its port from others for a minute.

Law: tcp_timewait_state_process (net/ipv4/tcp_minisocks.c). It belongs to no program and reads no option: IP_MINTTL does
not reach it either (tcp_v4_rcv jumps to do_time_wait before).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.network import Endpoint
from simnet.world.virtual.flow import Segment

if TYPE_CHECKING:
    from simnet.world.virtual.tcb import Tcb

__all__ = ["Remains"]


class Remains:
    """A socket in TIME_WAIT, or a closed one that waits for the other side's FIN (`state` is FIN_WAIT2)."""

    listens = False

    def __init__(self, tcb: Tcb, state: TcpState, until: float) -> None:
        self.local: Endpoint = tcb.local
        self.remote: Endpoint = tcb.remote
        self.state, self.until, self.cookie = state, until, tcb.cookie
        self.six_only, self.reuse_address, self.reuse_port = tcb.six_only, tcb.reuse_address, tcb.reuse_port
        self._sent, self._expected = tcb.out.sent, tcb.arrived.expected

    def wants_rst(self, segment: Segment) -> bool:
        """Whether these are bytes for a program that has closed."""
        return self.state is TcpState.FIN_WAIT2 and segment.end - segment.fin > self._expected

    def answer(self, segment: Segment, until: float) -> Segment:
        """The acknowledgement; a FIN starts the minute afresh."""
        if segment.fin and segment.seq == self._expected:
            self._expected += 1
            self.state, self.until = TcpState.TIME_WAIT, until
        return Segment(self._sent, b"", fin=False, ack=self._expected, edge=self._expected)
