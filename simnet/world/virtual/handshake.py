"""SYNs: who answers them, who is silent, and who sends them again.

Law: the three segments of a handshake cross loopback within connect(2), so a SYN is answered at once, or refused at once,
or it is sent again at the times of `Parameters.syn_retries`. A SYN that meets another on the way between the same two
ends makes one connection (simultaneous open, RFC 9293 section 3.5).
"""

from __future__ import annotations

import errno
import math

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.virtual.patience import ask_later, user_timeout
from simnet.world.virtual.ports import is_six
from simnet.world.virtual.refusal import not_modelled
from simnet.world.virtual.remains import Remains
from simnet.world.virtual.sock import SEND
from simnet.world.virtual.tcb import Tcb

__all__ = ["begin", "is_full", "stop_listening"]


def begin(tcb: Tcb) -> None:
    """Send the first SYN, to `tcb.remote` from `tcb.local`: ESTABLISHED, refused, or in SYN_SENT when this returns."""
    if tcb.settings.drops(tcb.kernel.ttl, by_six=is_six(tcb.remote[0])):
        raise not_modelled("a connect whose own socket has IP_MINTTL set")
    tcb.state = TcpState.SYN_SENT
    tcb.syns = 0
    tcb.kernel.dialling[tcb.cookie] = tcb
    tcb.kernel.hash(tcb)
    _send_syn(tcb, tcb.kernel.now())


def _send_syn(tcb: Tcb, began: float) -> None:
    tcb.timer = None
    times = tcb.kernel.parameters.syn_retries
    tcb.syns += 1
    tcb.segments_out += 1
    tcb.kernel.touched()
    _meet(tcb)
    if tcb.state is not TcpState.SYN_SENT:
        return
    due = times[tcb.syns - 1] if tcb.syns <= len(times) else tcb.kernel.parameters.syn_gives_up
    own = math.inf if tcb.syns == 1 else user_timeout(tcb)  # looked at when a SYN was sent again (retransmits_timed_out)
    is_last = tcb.syns > len(times) or own <= due
    when = max(began + min(due, own), tcb.kernel.now())
    tcb.timer = tcb.kernel.timers.at(when, lambda: _give_up(tcb) if is_last else _send_syn(tcb, began))


def _give_up(tcb: Tcb) -> None:
    tcb.error = errno.ETIMEDOUT
    tcb.finish()


def _meet(tcb: Tcb) -> None:
    """The SYN arrives."""
    kernel = tcb.kernel
    other = kernel.at(tcb.remote, tcb.local)
    if isinstance(other, Remains):
        kernel.forget(other)  # a new connection between the same ends is told by its sequence number (RFC 6191)
    elif other is not None:
        _cross(tcb, other)
        return
    listener = kernel.listener(*tcb.remote)
    if listener is None:
        kernel.send_rst(tcb.remote, tcb.local)
    elif not listener.is_deaf(tcb.local[0]):
        _knock(tcb, listener)


def _cross(tcb: Tcb, other: Tcb) -> None:
    """Somebody is there already: on its way to us, or in a connection that it believes to be alive."""
    if other.state is TcpState.SYN_SENT:
        if not other.is_deaf():
            _establish(tcb, other)
    elif not other.is_deaf():
        raise not_modelled("a SYN into a connection that is still there (challenge ACK, RFC 5961)")


def _knock(tcb: Tcb, listener: Tcb) -> None:
    kernel = tcb.kernel
    if is_full(listener):
        listener.drops += 1
        kernel.count("TcpExtListenOverflows")
        kernel.count("TcpExtListenDrops")
        return
    child = Tcb(kernel, listener.settings.inherited(), held=True)
    child.local, child.remote, child.port_number = tcb.remote, tcb.local, tcb.remote[1]
    child.shutdown = listener.shutdown  # a shutdown before listen(2) stays (sk_clone)
    kernel.hash(child)
    listener.queue.append(child)
    _establish(tcb, child)
    listener.wake()


def is_full(listener: Tcb) -> bool:
    """Whether a SYN is dropped: `listen(n)` admits n + 1 (sk_acceptq_is_full, include/net/sock.h)."""
    return len(listener.queue) > listener.backlog


def _establish(caller: Tcb, called: Tcb) -> None:
    """Both ends are connected: `caller` sent the SYN that was answered."""
    caller.kernel.count("TcpActiveOpens")
    caller.kernel.count("TcpPassiveOpens")
    caller.segments_out += 1
    caller.segments_in += 1
    called.segments_in += 2
    called.segments_out += 1
    for one, other in ((caller, called), (called, caller)):
        one.stop_timer()
        one.state = TcpState.ESTABLISHED
        one.kernel.dialling.pop(one.cookie, None)
        one.out.edge = other.arrived.edge
        one.heard = one.kernel.now()
        ask_later(one)
    caller.acknowledged += 1
    if called.syns:
        called.acknowledged += 1
    caller.wake()
    called.wake()
    if called.shutdown & SEND:
        called.send_fin()  # tcp_rcv_state_process, out of SYN_RECV


def stop_listening(listener: Tcb) -> None:
    """Whoever is in the queue gets a RST (inet_csk_listen_stop)."""
    while listener.queue:
        child = listener.queue.popleft()
        child.held = False
        if child.state is TcpState.CLOSE:
            child.kernel.destroyed(child)
        else:
            local, remote = child.local, child.remote
            child.finish()
            child.kernel.send_rst(local, remote, child)
