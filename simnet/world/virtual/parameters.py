"""The numbers that differ from one Linux to the next, and what they are where the model was measured (Linux 6.18).

Law: each names its sysctl or its source; all are plain values, so that a run can be repeated as on another machine.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["CLASSIC_SYN_RETRIES", "Parameters"]

CLASSIC_SYN_RETRIES = (1.0, 3.0, 7.0, 15.0, 31.0, 63.0)
"""Kernels before 6.5 (tcp_syn_retries = 6, each wait twice the last); they give up at 127 s."""


@dataclass(frozen=True, slots=True)
class Parameters:
    """All times in seconds, all sizes in bytes."""

    syn_retries: tuple[float, ...] = (1.0, 2.0, 3.0, 4.0, 5.0, 7.0, 11.0, 19.0, 35.0, 67.0)
    """When a SYN is sent again, from the first (tcp_syn_retries = 6, tcp_syn_linear_timeouts = 4)."""

    syn_gives_up: float = 131.0
    """When connect(2) fails with ETIMEDOUT. The timer wheel makes it 131 to 135 s in truth."""

    retransmit_first: float = 0.2
    """TCP_RTO_MIN: loopback's round trip is far below it. Each further wait is twice the last; that the kernel would
    probe a little earlier (TLP, RFC 8985) is left out."""

    retransmit_longest: float = 120.0
    """TCP_RTO_MAX."""

    retransmits: int = 15
    """tcp_retries2: afterwards the connection fails with ETIMEDOUT."""

    orphan_retransmits: int = 8
    """tcp_orphan_retries = 0, which stands for 8: afterwards a closed socket's last bytes are given up."""

    time_wait: float = 60.0
    """TCP_TIMEWAIT_LEN, and tcp_fin_timeout for who closed first and waits for the other's FIN."""

    ports: tuple[int, int] = (32_768, 60_999)
    """ip_local_port_range, both included."""

    keepalive_idle: float = 7200.0
    """tcp_keepalive_time, in seconds: after so much silence a socket with SO_KEEPALIVE asks whether its peer is there."""

    keepalive_every: float = 75.0
    """tcp_keepalive_intvl."""

    keepalive_probes: int = 9
    """tcp_keepalive_probes: so many unanswered ones end the connection with ETIMEDOUT."""

    free_from: int = 0
    """ip_unprivileged_port_start: lower ports are EACCES. 0 as in a namespace of one's own; Linux's default is 1024."""

    somaxconn: int = 4096
    """The longest accept queue."""

    send_buffer: int = 3_845_120
    """What a send buffer grows to (tcp_wmem): with `receive_buffer` the 3.9 MB that loopback was seen to take."""

    receive_buffer: int = 65_536
    """What a receive buffer takes at first; it grows while it is read (tcp_rcv_space_adjust)."""

    receive_buffer_most: int = 6_291_456
    """tcp_rmem, where Linux has its default."""

    largest_buffer: int = 4_194_304
    """The most that SO_SNDBUF and SO_RCVBUF can ask for (wmem_max, rmem_max); 212,992 on older kernels."""

    segment: int = 65_483
    """The largest segment on loopback (MTU 65,536)."""
