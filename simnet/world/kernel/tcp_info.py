"""TCP_INFO: what the kernel knows of one TCP socket.

Law: bytes in, frozen value out. The struct only ever grows at its end (include/uapi/linux/tcp.h), so a shorter one
is of an older kernel and its missing fields read 0; a longer one is of a newer kernel and its tail is left alone.
"""

from __future__ import annotations

import enum
import socket
import struct
from dataclasses import dataclass

from simnet.errors import MachineError
from simnet.world.kernel.stream_socket import StreamSocket

__all__ = ["TcpInfo", "TcpState", "parse_tcp_info", "queue", "tcp_info"]


class TcpState(enum.IntEnum):
    """The states of RFC 9293, section 3.3.2, with the numbers of include/net/tcp_states.h."""

    ESTABLISHED = 1
    SYN_SENT = 2
    SYN_RECV = 3
    FIN_WAIT1 = 4
    FIN_WAIT2 = 5
    TIME_WAIT = 6
    CLOSE = 7
    CLOSE_WAIT = 8
    LAST_ACK = 9
    LISTEN = 10
    CLOSING = 11
    NEW_SYN_RECV = 12
    BOUND_INACTIVE = 13
    """Bound, neither listening nor connected; shown by sock_diag only, from Linux 6.8."""


LAYOUT = struct.Struct("=8B24I4Q2I4I4Q2I2Q4I")
OLDEST = struct.calcsize("=8B24I")
"""Up to tcpi_total_retrans: what every kernel since 2.6 fills in."""


@dataclass(frozen=True, slots=True)
class TcpInfo:
    """The part of struct tcp_info that simnet reads. Counts are of bytes, of segments, or as said."""

    state: TcpState
    retransmits: int
    """Consecutive retransmissions of what is now unacknowledged; 0 again when an ACK comes."""
    backoff: int
    rto_us: int
    unacked: int
    """Segments in flight; on a listener: connections in the accept queue (tcp_get_info, net/ipv4/tcp.c)."""
    sacked: int
    """Segments selectively acknowledged; on a listener: the backlog."""
    lost: int
    rtt_us: int
    total_retransmits: int
    """Segments retransmitted over the whole life, SYNs too."""
    bytes_acked: int
    """Bytes of ours that the other side acknowledged; the SYN of a client counts as one."""
    bytes_received: int
    segs_out: int
    segs_in: int
    notsent_bytes: int
    data_segs_in: int
    data_segs_out: int
    bytes_sent: int
    """Bytes of data sent, retransmissions included."""
    bytes_retransmitted: int


def parse_tcp_info(raw: bytes) -> TcpInfo:
    """Read a struct tcp_info of whatever length the running kernel gives.

    Raises `MachineError` if it is shorter than any Linux since 2.6 makes it.
    """
    if len(raw) < OLDEST:
        raise MachineError(f"TCP_INFO is {len(raw)} bytes long here, Linux gives {OLDEST} or more: this is not Linux TCP")
    f = LAYOUT.unpack(raw[: LAYOUT.size].ljust(LAYOUT.size, b"\0"))
    return TcpInfo(
        state=TcpState(f[0]),
        retransmits=f[2],
        backoff=f[4],
        rto_us=f[8],
        unacked=f[12],
        sacked=f[13],
        lost=f[14],
        rtt_us=f[23],
        total_retransmits=f[31],
        bytes_acked=f[34],
        bytes_received=f[35],
        segs_out=f[36],
        segs_in=f[37],
        notsent_bytes=f[38],
        data_segs_in=f[40],
        data_segs_out=f[41],
        bytes_sent=f[48],
        bytes_retransmitted=f[49],
    )


def tcp_info(sock: StreamSocket) -> TcpInfo:
    """What the kernel knows of `sock` now (TCP_INFO, tcp(7))."""
    return parse_tcp_info(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, LAYOUT.size))


def queue(listener: StreamSocket) -> tuple[int, int]:
    """(connections in the accept queue, backlog); (0, 0) if it does not listen.

    The queue is full, and SYNs are dropped, when the first is greater than the second: `listen(n)` admits n + 1
    (sk_acceptq_is_full, include/net/sock.h).
    """
    info = tcp_info(listener)
    return (info.unacked, info.sacked) if info.state is TcpState.LISTEN else (0, 0)
