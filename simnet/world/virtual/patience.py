"""How long a connection waits for a peer that says nothing: SO_KEEPALIVE and TCP_USER_TIMEOUT.

Law: tcp_keepalive_timer, tcp_probe_timer and tcp_clamp_rto_to_user_timeout (net/ipv4/tcp_timer.c), to the second; their
end is ETIMEDOUT. Probes that are answered change nothing. Linux sends a probe before its first retransmission (TLP, RFC
8985), so that its clock of TCP_USER_TIMEOUT starts some 0.2 s after this one.
"""

from __future__ import annotations

import errno
import math
import socket
from typing import TYPE_CHECKING, Final

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.virtual.flow import Segment

if TYPE_CHECKING:
    from simnet.world.virtual.sock import Sock
    from simnet.world.virtual.tcb import Tcb

__all__ = ["ROUNDED", "ask_later", "longest_silence", "mind_a_closed_window", "user_timeout"]

ROUNDED: Final = 1e-6
"""Seconds: what a sum of times may be wrong by."""

UNCONNECTED: Final = {TcpState.CLOSE, TcpState.LISTEN, TcpState.SYN_SENT}


def user_timeout(sock: Sock) -> float:
    """Seconds after which the first unanswered retransmission ends the connection; infinity if nobody has set it."""
    milliseconds = sock.settings.kept.get((socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT), 0)
    return milliseconds / 1000 if milliseconds else math.inf


def ask_later(tcb: Tcb) -> None:
    """The connection has begun, or what is set of keep-alive has changed."""
    if tcb.asking is not None:
        tcb.asking.cancel()
        tcb.asking = None
    if _asks(tcb) and tcb.state not in UNCONNECTED:
        _again(tcb, max(0.0, _idle(tcb) - (tcb.kernel.now() - tcb.heard)))


def longest_silence(tcb: Tcb) -> float:
    """After how many seconds of silence keep-alive ends the connection; 0 if it never does."""
    probes = tcb.settings.number(socket.TCP_KEEPCNT, tcb.kernel.parameters.keepalive_probes)
    return _idle(tcb) + probes * _every(tcb) if _asks(tcb) else 0.0


def mind_a_closed_window(tcb: Tcb) -> None:
    """Bytes wait for a window: with TCP_USER_TIMEOUT not for ever, though each probe is answered (tcp_probe_timer)."""
    waits = tcb.out.outstanding and not tcb.out.flying and tcb.state not in UNCONNECTED
    if not waits and tcb.stuck is not None:
        tcb.stuck.cancel()
        tcb.stuck = None
    elif waits and tcb.stuck is None and user_timeout(tcb) < math.inf:
        until = tcb.kernel.now() + tcb.kernel.parameters.retransmit_first + user_timeout(tcb)
        tcb.stuck = tcb.kernel.timers.at(until, lambda: _give_up(tcb))


def _asks(tcb: Tcb) -> bool:
    return bool(tcb.settings.kept.get((socket.SOL_SOCKET, socket.SO_KEEPALIVE)))


def _idle(tcb: Tcb) -> float:
    return tcb.settings.number(socket.TCP_KEEPIDLE, tcb.kernel.parameters.keepalive_idle)


def _every(tcb: Tcb) -> float:
    return tcb.settings.number(socket.TCP_KEEPINTVL, tcb.kernel.parameters.keepalive_every)


def _again(tcb: Tcb, seconds: float) -> None:
    tcb.asking = tcb.kernel.timers.at(tcb.kernel.now() + seconds, lambda: _ask(tcb))


def _ask(tcb: Tcb) -> None:
    """tcp_keepalive_timer."""
    tcb.asking = None
    if tcb.state in UNCONNECTED:
        return
    quiet = tcb.kernel.now() - tcb.heard
    if tcb.out.outstanding:  # another timer is at work
        _again(tcb, _idle(tcb))
    elif quiet < _idle(tcb) - ROUNDED:
        _again(tcb, _idle(tcb) - quiet)
    elif _is_enough(tcb, quiet):
        ends = tcb.local, tcb.remote
        _give_up(tcb)
        tcb.kernel.send_rst(*ends, tcb)
    else:
        tcb.probes += 1
        _again(tcb, _every(tcb))
        tcb.segments_out += 1
        probe = Segment(
            tcb.out.acknowledged - 1, b"", fin=False, ack=tcb.arrived.expected, edge=tcb.arrived.edge, probe=True
        )
        tcb.kernel.carry(tcb, probe)


def _is_enough(tcb: Tcb, quiet: float) -> bool:
    own = user_timeout(tcb)
    if own < math.inf:
        return quiet >= own - ROUNDED and tcb.probes > 0
    return tcb.probes >= tcb.settings.number(socket.TCP_KEEPCNT, tcb.kernel.parameters.keepalive_probes)


def _give_up(tcb: Tcb) -> None:
    """tcp_write_err."""
    tcb.error = errno.ETIMEDOUT
    tcb.out.purge()
    tcb.finish()
