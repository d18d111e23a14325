"""One end of a connection: its state, what it makes of what arrives, and what it sends.

Law: state, `shutdown`, `error` and `done` are those of struct sock, moved where Linux moves them (tcp_rcv_state_process,
tcp_fin, tcp_reset, tcp_done; net/ipv4/tcp_input.c and tcp.c), because recv, send and poll are read off them. Loopback has
no delay, so a segment has arrived when `push` returns, or it was dropped by IP_MINTTL and is sent again by the timer.
"""

from __future__ import annotations

import errno
from typing import Final

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.virtual.flow import Arrivals, Outgoing, Segment
from simnet.world.virtual.patience import ROUNDED, mind_a_closed_window, user_timeout
from simnet.world.virtual.ports import is_six
from simnet.world.virtual.sock import BOTH, RECEIVE, SEND, Sock

__all__ = ["Tcb"]

OVER_FOR_THE_PEER: Final = {TcpState.CLOSE_WAIT, TcpState.CLOSING, TcpState.LAST_ACK}
"""Its FIN has come: whatever comes after it was there before."""

FIN_LEADS_TO: Final = {
    TcpState.ESTABLISHED: TcpState.FIN_WAIT1,
    TcpState.SYN_RECV: TcpState.FIN_WAIT1,
    TcpState.CLOSE_WAIT: TcpState.LAST_ACK,
}


class Tcb(Sock):
    """A TCP socket with its protocol."""

    # Sending ----------------------------------------------------------------------------------------------

    def push(self) -> None:
        """Send what the window lets out."""
        if self.pushing:
            return
        self.pushing = True
        try:
            while (piece := self.out.next(self.kernel.parameters.segment)) is not None:
                self._send(*piece)
                if self.state is TcpState.CLOSE:
                    return
        finally:
            self.pushing = False
        self._mind_the_timer()

    def send_fin(self) -> None:
        """Send FIN after all that was sent, unless that was done already (tcp_close_state, tcp_send_fin)."""
        following = FIN_LEADS_TO.get(self.state)
        if following is not None:
            self.state = following
            self.out.put_fin()
            self.push()

    def acknowledge(self) -> None:
        """Send how far we have heard the other side, and how much more we take."""
        self.segments_out += 1
        self.kernel.carry(self, Segment(self.out.sent, b"", fin=False, ack=self.arrived.expected, edge=self.arrived.edge))

    def _send(self, seq: int, data: bytes, fin: bool) -> None:  # noqa: FBT001 - a piece, taken apart
        self.out.sent = max(self.out.sent, seq + len(data) + fin)
        self.segments_out += 1
        self.data_out += bool(data)
        self.kernel.carry(self, Segment(seq, data, fin, self.arrived.expected, self.arrived.edge))

    def _mind_the_timer(self) -> None:
        if self.out.flying and self.timer is None and self.state is not TcpState.CLOSE:
            parameters = self.kernel.parameters
            wait = min(parameters.retransmit_first * 2**self.retransmits, parameters.retransmit_longest)
            if self.began_again is not None:
                wait = min(wait, max(0.0, self._left()))
            self.timer = self.kernel.timers.at(self.kernel.now() + wait, self._retransmit)
        mind_a_closed_window(self)

    def _left(self) -> float:
        """Seconds that TCP_USER_TIMEOUT leaves, once something was sent again (tcp_clamp_rto_to_user_timeout)."""
        began = self.kernel.now() if self.began_again is None else self.began_again
        return began + user_timeout(self) - self.kernel.now()

    def _retransmit(self) -> None:
        """The first segment again; the rest follows when it was heard."""
        self.timer = None
        parameters = self.kernel.parameters
        if self.began_again is None:
            self.began_again = self.kernel.now()
        enough = self.retransmits >= (parameters.retransmits if self.held else parameters.orphan_retransmits)
        if enough or (self.retransmits and self._left() < ROUNDED):
            self.error = errno.ETIMEDOUT
            self.finish()
            return
        self.retransmits += 1
        self.retransmitted += 1
        before = self.out.acknowledged
        self.out.rewind()
        self.pushing = True
        try:
            if (piece := self.out.next(parameters.segment)) is not None:
                self._send(*piece)
        finally:
            self.pushing = False
        if self.out.acknowledged > before:
            self.push()
        self._mind_the_timer()

    def stop_timer(self) -> None:
        """Forget the timer, if one runs."""
        if self.timer is not None:
            self.timer.cancel()
            self.timer = None

    def _stop_timers(self) -> None:
        self.stop_timer()
        for timer in (self.asking, self.stuck):
            if timer is not None:
                timer.cancel()
        self.asking = self.stuck = self.began_again = None

    # Hearing ----------------------------------------------------------------------------------------------

    def is_deaf(self, sender: str = "") -> bool:
        """Whether a segment that has just arrived (from `sender`, if not from the other end) is dropped; it is counted."""
        by_six = is_six(sender or self.remote[0])
        if not self.severed and not self.settings.drops(self.kernel.ttl, by_six=by_six):
            return False
        self.drops += 1
        self.kernel.count("TcpExtTCPMD5NotFound" if self.severed else "TcpExtTCPMinTTLDrop")
        self._mind_the_timer()
        self.kernel.touched()
        return True

    def arrives(self, segment: Segment) -> None:
        """A segment of the connection is here."""
        if self.is_deaf():
            return
        self.segments_in += 1
        self.data_in += bool(segment.data)
        self.heard, self.probes = self.kernel.now(), 0
        self._hear_acknowledgement(segment)
        if self.state is TcpState.CLOSE:
            return
        if segment.probe:
            self.acknowledge()
        elif segment.data or segment.fin:
            self._hear_data(segment)

    def _hear_acknowledgement(self, segment: Segment) -> None:
        new = self.out.acknowledge(segment.ack)
        if new:
            self.acknowledged += new
            self.retransmits, self.began_again = 0, None
            self.stop_timer()
        opened = segment.edge > self.out.edge
        self.out.edge = max(self.out.edge, segment.edge)
        if self.out.flying and not self.pushing:
            self.out.rewind()  # loopback is in order: what this segment does not acknowledge was lost
        if not self.out.outstanding:
            self._all_is_acknowledged(segment)
        if self.state is not TcpState.CLOSE and (new or opened):
            self.wake()
        if self.state is not TcpState.CLOSE:
            self.push()

    def _all_is_acknowledged(self, segment: Segment) -> None:
        match self.state:
            case TcpState.FIN_WAIT1:
                self.state = TcpState.FIN_WAIT2
                self.shutdown |= SEND
                if self.held:
                    self.wake()
                elif segment.end - segment.fin > self.arrived.expected:
                    self._abort_on_data()
                else:
                    self.wait_out(TcpState.FIN_WAIT2)
            case TcpState.CLOSING:
                self.wait_out(TcpState.TIME_WAIT)
            case TcpState.LAST_ACK:
                self.finish()
            case _:
                pass

    def _hear_data(self, segment: Segment) -> None:
        new = segment.end - segment.fin > self.arrived.expected
        if self.state in {TcpState.FIN_WAIT1, TcpState.FIN_WAIT2} and self.shutdown & RECEIVE and new:
            self._abort_on_data()
            return
        fresh = self.arrived.fresh(segment)
        if fresh is not None and self.state not in OVER_FOR_THE_PEER:
            self.arrived.put(fresh)
            if segment.fin:
                self._hear_fin()
                return
        self.acknowledge()
        self.wake()

    def _abort_on_data(self) -> None:
        """Bytes for a program that has said that it reads no more: RST (RFC 1122 section 4.2.2.13)."""
        self.kernel.count("TcpExtTCPAbortOnData")
        local, remote = self.local, self.remote
        self.reset()
        self.kernel.send_rst(local, remote, self)

    def _hear_fin(self) -> None:
        self.arrived.expected += 1
        self.shutdown |= RECEIVE
        self.done = True
        match self.state:
            case TcpState.ESTABLISHED:
                self.state = TcpState.CLOSE_WAIT
            case TcpState.FIN_WAIT1:
                self.state = TcpState.CLOSING
            case _:
                pass
        self.acknowledge()
        if self.state is TcpState.FIN_WAIT2:
            self.wait_out(TcpState.TIME_WAIT)
        self.wake()

    # Ending -----------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """A RST is here (tcp_reset)."""
        if self.state is TcpState.CLOSE:
            return
        codes = {TcpState.SYN_SENT: errno.ECONNREFUSED, TcpState.CLOSE_WAIT: errno.EPIPE}
        self.error = codes.get(self.state, errno.ECONNRESET)
        self.out.purge()
        self.finish()

    def wait_out(self, state: TcpState) -> None:
        """Leave only what answers late segments behind (tcp_time_wait): TIME_WAIT, or FIN_WAIT2 of a closed socket."""
        self.kernel.linger(self, state)
        self.finish()

    def finish(self) -> None:
        """The connection is over (tcp_done)."""
        self.close_state()
        self.shutdown = BOTH
        self.wake()
        if not self.held:
            self.kernel.destroyed(self)

    def close_state(self) -> None:
        """Into CLOSE: out of the tables, and off a port that nobody asked for by number (tcp_set_state)."""
        self._stop_timers()
        self.state = TcpState.CLOSE
        self.kernel.unhash(self)
        if not self.port_is_own:
            self.kernel.ports.leave(self, self.local[1])
            self.port_number = 0

    def forget_connection(self) -> None:
        """What tcp_disconnect leaves: nothing of the connection but the address that bind(2) named, and its error."""
        self.out, self.arrived = Outgoing(), Arrivals(self.settings.room(self.kernel.parameters))
        self.remote = self.remote[0], 0
        if not self.address_is_own:
            self.local = self.kernel.nowhere(self.settings.six)[0], self.local[1]
        self.shutdown, self.done, self.retransmits, self.probes = 0, False, 0, 0
        self.segments_in = self.segments_out = self.data_in = self.data_out = self.acknowledged = 0
