"""What the system calls make of the bytes of a connection: send, recv, and poll, which says whether they would wait.

Law: each follows its function of Linux line by line (named below), because the order of its questions decides which
errno a program gets. None ever waits: where the kernel would, it is EAGAIN.
"""

from __future__ import annotations

import errno
import select
from typing import Final

from simnet.world.kernel.tcp_info import TcpState
from simnet.world.virtual.refusal import refused
from simnet.world.virtual.sock import BOTH, RECEIVE, SEND
from simnet.world.virtual.tcb import Tcb

__all__ = ["is_readable", "is_writable", "poll", "receive", "send", "take_error"]

CONNECTING: Final = {TcpState.SYN_SENT, TcpState.SYN_RECV}
TALKING: Final = {TcpState.ESTABLISHED, TcpState.CLOSE_WAIT}


def take_error(tcb: Tcb) -> int:
    """The error that waits to be told, which is told once (sock_error)."""
    number, tcb.error = tcb.error, 0
    return number


def send(tcb: Tcb, data: bytes | memoryview) -> int:
    """tcp_sendmsg_locked."""
    if tcb.state not in TALKING:
        _wait_for_connect(tcb)
    if tcb.error or tcb.shutdown & SEND:
        raise refused(take_error(tcb) or errno.EPIPE)
    taken = 0
    while taken < len(data) and (room := _room(tcb)) > 0:
        piece = data[taken : taken + min(room, tcb.kernel.parameters.segment)]
        tcb.out.put(piece)
        taken += len(piece)
        tcb.push()
        if tcb.shutdown & SEND:
            break  # reset meanwhile: the next call tells
    if not taken and data:
        raise refused(errno.EAGAIN)
    return taken


def _room(tcb: Tcb) -> int:
    """How many bytes are taken now (sk_stream_memory_free, tcp_stream_memory_free)."""
    most = tcb.settings.most_unsent
    if most is not None and tcb.out.written - tcb.out.sent >= most:
        return 0
    return tcb.settings.send_room(tcb.kernel.parameters) - tcb.out.outstanding


def _wait_for_connect(tcb: Tcb) -> None:
    """sk_stream_wait_connect, which does not wait here."""
    if tcb.error:
        raise refused(take_error(tcb))
    raise refused(errno.EAGAIN if tcb.state in CONNECTING else errno.EPIPE)


def receive(tcb: Tcb, size: int, *, peek: bool) -> bytes:
    """tcp_recvmsg_locked."""
    if tcb.state is TcpState.LISTEN:
        raise refused(errno.ENOTCONN)
    if tcb.arrived.data:
        if peek:
            return bytes(tcb.arrived.data[:size])
        return _read(tcb, size)
    if tcb.done:
        return b""
    if tcb.error:
        raise refused(take_error(tcb))
    if tcb.shutdown & RECEIVE:
        return b""
    raise refused(errno.ENOTCONN if tcb.state is TcpState.CLOSE else errno.EAGAIN)


def _read(tcb: Tcb, size: int) -> bytes:
    """Read, and tell the other side that there is room again if it was short of it (tcp_cleanup_rbuf)."""
    short = tcb.arrived.edge - tcb.arrived.expected < tcb.arrived.room // 2
    data = tcb.arrived.read(size)
    if tcb.settings.receive_buffer is None:
        tcb.arrived.room = min(tcb.arrived.room + len(data), tcb.kernel.parameters.receive_buffer_most)
    if short and tcb.state is not TcpState.CLOSE:
        tcb.acknowledge()
    return data


def poll(tcb: Tcb) -> int:
    """tcp_poll: the mask of poll(2)."""
    if tcb.state is TcpState.LISTEN:
        return select.POLLIN if tcb.queue else 0
    mask = 0
    if tcb.shutdown == BOTH or tcb.state is TcpState.CLOSE:
        mask |= select.POLLHUP
    if tcb.shutdown & RECEIVE:
        mask |= select.POLLIN | select.POLLRDHUP
    if tcb.state is not TcpState.SYN_SENT:
        if tcb.arrived.data:
            mask |= select.POLLIN
        if tcb.shutdown & SEND or _has_room(tcb):
            mask |= select.POLLOUT
    if tcb.error:
        mask |= select.POLLERR
    return mask


def _has_room(tcb: Tcb) -> bool:
    """__sk_stream_is_writeable: a third of the send buffer is free, and little is unsent."""
    queued, most = tcb.out.outstanding, tcb.settings.most_unsent
    if most is not None and 2 * (tcb.out.written - tcb.out.sent) >= most:
        return False
    return tcb.settings.send_room(tcb.kernel.parameters) - queued >= queued // 2


def is_readable(tcb: Tcb) -> bool:
    """Whether recv or accept would not block."""
    return bool(poll(tcb) & (select.POLLIN | select.POLLERR | select.POLLHUP))


def is_writable(tcb: Tcb) -> bool:
    """Whether send would not block, or a connect has ended."""
    return bool(poll(tcb) & (select.POLLOUT | select.POLLERR | select.POLLHUP))
