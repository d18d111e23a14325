"""What the system calls make of a TCP socket: bind, listen, connect, accept, shutdown, close (the rest: `exchange.py`).

Law: each follows its function of Linux line by line (named below), because the order of its questions decides which
errno a program gets. None ever waits: where the kernel would, it is EAGAIN or EINPROGRESS.
"""

from __future__ import annotations

import errno
import socket
from typing import Final

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.virtual.exchange import CONNECTING, take_error
from simnet.world.virtual.handshake import begin, stop_listening
from simnet.world.virtual.ports import ANY_FOUR, ANY_SIX, is_six, meet, wildcard
from simnet.world.virtual.process import Process
from simnet.world.virtual.refusal import not_modelled, refused
from simnet.world.virtual.sock import BOTH, RECEIVE, SEND
from simnet.world.virtual.tcb import Tcb

__all__ = ["accept", "bind", "close", "connect", "listen", "shut"]

NEED_RESET: Final = {
    TcpState.ESTABLISHED, TcpState.CLOSE_WAIT, TcpState.FIN_WAIT1, TcpState.FIN_WAIT2, TcpState.SYN_RECV,
}  # fmt: skip


def bind(tcb: Tcb, address: str, port: int) -> None:
    """inet_bind. The address is one of loopback."""
    kernel = tcb.kernel
    kernel.bury()
    if tcb.six_only and not is_six(address):
        raise refused(errno.EINVAL)
    if tcb.state is not TcpState.CLOSE or tcb.port_number:
        raise refused(errno.EINVAL)
    if 0 < port < kernel.parameters.free_from:
        raise refused(errno.EACCES)
    if port and kernel.ports.conflicts(tcb, address, port):
        tcb.local = kernel.nowhere(tcb.settings.six)[0], tcb.local[1]  # __inet_bind takes it back, right or wrong
        raise refused(errno.EADDRINUSE)
    chosen = port or kernel.ports.choose(tcb, address, tcb.settings.ports)
    tcb.local = address, chosen
    tcb.settings.six_only = tcb.settings.six_only or (is_six(address) and not wildcard(address))  # __inet6_bind
    tcb.port_number, tcb.address_is_own, tcb.port_is_own = chosen, not wildcard(address), bool(port)
    kernel.ports.take(tcb)


def listen(tcb: Tcb, backlog: int) -> None:
    """inet_listen, inet_csk_listen_start."""
    kernel = tcb.kernel
    if tcb.phase != "unconnected" or tcb.state not in {TcpState.CLOSE, TcpState.LISTEN}:
        raise refused(errno.EINVAL)
    most = kernel.parameters.somaxconn
    tcb.backlog = backlog if 0 <= backlog <= most else most
    if tcb.state is TcpState.LISTEN:
        return
    _take_port_to_listen(tcb)
    tcb.state = TcpState.LISTEN
    kernel.listeners.setdefault(tcb.local[1], {})[tcb.cookie] = tcb


def _take_port_to_listen(tcb: Tcb) -> None:
    """The bind once more, as a listener (sk->sk_prot->get_port)."""
    kernel = tcb.kernel
    kernel.bury()
    address, port = tcb.local[0], tcb.port_number
    if not port:
        port = kernel.ports.choose(tcb, address, tcb.settings.ports)
    elif any(other.listens and meet(tcb, address, other) for other in kernel.ports.at(port)):
        if tcb.reuse_port:
            raise not_modelled("two listeners on one address (SO_REUSEPORT), among which the kernel draws by hash")
        raise refused(errno.EADDRINUSE)
    elif _lingers_there(tcb, port):
        raise refused(errno.EADDRINUSE)
    tcb.local, tcb.port_number = (address, port), port
    kernel.ports.take(tcb)


def _lingers_there(tcb: Tcb, port: int) -> bool:
    """Whether old connections are in the way of a listener that has no SO_REUSEADDR."""
    return tcb.kernel.ports.conflicts(tcb, tcb.local[0], port)


def connect(tcb: Tcb, address: str, port: int) -> int:
    """__inet_stream_connect, tcp_v4_connect: returns 0 when connected, or EINPROGRESS or EALREADY; raises other errors."""
    status = errno.EALREADY
    if tcb.phase == "connected":
        raise refused(errno.EISCONN)
    if tcb.phase == "disconnecting":
        raise refused(errno.EINVAL)
    if tcb.phase == "unconnected":
        if tcb.state is not TcpState.CLOSE:
            raise refused(errno.EISCONN)
        _start(tcb, _meant_by(address, tcb.local[0]), port)
        tcb.phase = "connecting"
        return errno.EINPROGRESS  # though it may be over: the answer waits in the backlog until the call is done
    if tcb.state in CONNECTING:
        return status
    if tcb.state is TcpState.CLOSE:
        number = take_error(tcb) or errno.ECONNABORTED
        tcb.phase = "unconnected"
        disconnect(tcb)
        raise refused(number)
    tcb.phase = "connected"
    return 0


def _meant_by(address: str, own: str) -> str:
    """Dialling the wildcard means this machine: by IPv4 the own address, if there is one (ip_route_output_key)."""
    if address == ANY_SIX:
        return "::1" if is_six(own) else "127.0.0.1"
    return address if address != ANY_FOUR else "127.0.0.1" if wildcard(own) else own


def _start(tcb: Tcb, address: str, port: int) -> None:
    kernel, remote = tcb.kernel, (address, port)
    own = tcb.local[0]
    if tcb.six_only and not is_six(address):
        raise refused(errno.ENETUNREACH)
    if not wildcard(own) and is_six(own) != is_six(address):
        raise refused(errno.ENETUNREACH if is_six(own) else errno.EAFNOSUPPORT)
    if tcb.dialled_four and is_six(address):
        raise not_modelled("a socket of IPv6 that has dialled IPv4 before")  # Linux sends it out by IPv4 (icsk_af_ops)
    tcb.dialled_four = not is_six(address)
    if wildcard(own):
        own = "::1" if ":" in address else "127.0.0.1"
    if tcb.port_number:
        there = kernel.ends.get(((own, tcb.port_number), remote))
        is_own_end = remote == (own, tcb.port_number)  # a socket that was connected to itself leaves no TIME_WAIT
        if isinstance(there, Tcb) or (there is not None and not is_own_end):
            raise refused(errno.EADDRNOTAVAIL)
        kernel.ports.leave(tcb, tcb.port_number)
        chosen = tcb.port_number
    else:
        kernel.bury()
        chosen = kernel.ports.choose_for(own, remote, tcb.settings.ports, kernel.ends)
    tcb.local, tcb.remote, tcb.port_number = (own, chosen), remote, chosen
    begin(tcb)


def disconnect(tcb: Tcb) -> None:
    """tcp_disconnect: back to a socket that is not connected, with a RST if there was a connection."""
    before, ends = tcb.state, (tcb.local, tcb.remote)
    if before is not TcpState.CLOSE:
        tcb.close_state()
    if before is TcpState.LISTEN:
        stop_listening(tcb)
    elif before in NEED_RESET or (before in {TcpState.CLOSING, TcpState.LAST_ACK} and tcb.out.sent != tcb.out.written):
        tcb.kernel.send_rst(*ends, tcb)
        tcb.error = errno.ECONNRESET
    elif before is TcpState.SYN_SENT:
        tcb.error = errno.ECONNRESET
    tcb.forget_connection()
    tcb.wake()


def accept(tcb: Tcb, process: Process) -> tuple[Tcb, int]:
    """__sys_accept4, inet_csk_accept: the next connection and its descriptor, which is reserved before one looks."""
    descriptor = process.reserve()
    if tcb.state is not TcpState.LISTEN or not tcb.queue:
        process.release(descriptor)
        raise refused(errno.EAGAIN if tcb.state is TcpState.LISTEN else errno.EINVAL)
    child = tcb.queue.popleft()
    child.phase = "connected"
    tcb.kernel.touched()
    return child, descriptor


def shut(tcb: Tcb, how: int) -> None:
    """inet_shutdown, tcp_shutdown."""
    if how not in {socket.SHUT_RD, socket.SHUT_WR, socket.SHUT_RDWR}:
        raise refused(errno.EINVAL)
    mask = how + 1
    if tcb.phase == "connecting":
        over = tcb.state in {*CONNECTING, TcpState.CLOSE}
        tcb.phase = "disconnecting" if over else "connected"
    if tcb.state is TcpState.SYN_SENT or (tcb.state is TcpState.LISTEN and mask & RECEIVE):
        disconnect(tcb)
        tcb.phase = "unconnected"
        return
    if tcb.state is TcpState.LISTEN:
        return
    tcb.shutdown |= mask
    closed = tcb.state is TcpState.CLOSE
    if mask & SEND:
        tcb.send_fin()
    tcb.wake()
    if closed:
        raise refused(errno.ENOTCONN)


def close(tcb: Tcb) -> None:
    """inet_release, __tcp_close."""
    if not tcb.held:
        return
    unread, linger = bool(tcb.arrived.data), tcb.settings.linger
    tcb.held, tcb.shutdown = False, BOTH
    tcb.arrived.data.clear()
    before, ends = tcb.state, (tcb.local, tcb.remote)
    if before is TcpState.LISTEN or before is TcpState.SYN_SENT:
        tcb.close_state()
        stop_listening(tcb)
    elif before is not TcpState.CLOSE and unread:
        tcb.close_state()
        tcb.kernel.send_rst(*ends, tcb)
    elif before is not TcpState.CLOSE and linger == 0:
        disconnect(tcb)
    elif before is not TcpState.CLOSE:
        _close_in_order(tcb, linger)
    if tcb.state is TcpState.CLOSE and not tcb.is_destroyed:
        tcb.kernel.destroyed(tcb)
    tcb.wake()


def _close_in_order(tcb: Tcb, linger: int | None) -> None:
    tcb.send_fin()
    if linger and tcb.out.outstanding and tcb.state is not TcpState.CLOSE:
        raise not_modelled("a close that waits (SO_LINGER with a time) while bytes are not acknowledged")
    if tcb.state is TcpState.FIN_WAIT2:
        tcb.wait_out(TcpState.FIN_WAIT2)
