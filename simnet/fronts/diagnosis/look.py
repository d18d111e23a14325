"""What the machine shows of its ports: who listens, what is only bound, and which range a number lies in.

Law: the kernel's tables are read (sock_diag, /proc), nothing is bound or dialled.
"""

from __future__ import annotations

import pwd
from collections.abc import Iterable, Mapping
from pathlib import Path

from simnet.fronts.diagnosis.facts import Held, Ranges
from simnet.world.kernel.owners import Owner, owners
from simnet.world.kernel.sock_diag import DiagRow, SockDiag
from simnet.world.kernel.tcp_info import TcpState

__all__ = ["leftovers", "listeners", "outgoing", "ranges"]

OVER = {TcpState.BOUND_INACTIVE, TcpState.TIME_WAIT, TcpState.FIN_WAIT2, TcpState.CLOSE}


def listeners() -> tuple[Held, ...]:
    """Every listener of this network namespace, by port and address. Raises `MachineError` without sock_diag."""
    with SockDiag() as diag:
        rows = [row for row in diag.listening() if row.state is TcpState.LISTEN]
    return _held(rows)


def leftovers(port: int) -> tuple[Held, ...]:
    """What has the port and does not listen: sockets that are only bound, and connections that are over."""
    with SockDiag() as diag:
        return _held(row for row in diag.at_port(port) if row.state in OVER)


def outgoing(port: int) -> int:
    """How many connections to that port clients of this machine have now."""
    with SockDiag() as diag:
        return len(diag.connected_to(port))


def ranges() -> Ranges:
    """The range from which the kernel gives clients their ports here; Linux's default where it cannot be read."""
    try:
        first, last = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()
    except OSError:
        return Ranges()
    return Ranges(int(first), int(last))


def _held(rows: Iterable[DiagRow]) -> tuple[Held, ...]:
    whose = owners()
    found = (_one(row, whose) for row in rows)
    return tuple(sorted(found, key=lambda held: (held.port, held.address)))


def _one(row: DiagRow, whose: Mapping[int, Owner]) -> Held:
    address, port = row.local
    queued, backlog = (row.received, row.unsent) if row.state is TcpState.LISTEN else (0, 0)
    return Held(address, port, _state(row), _user(row.uid), whose.get(row.inode) if row.inode else None, queued, backlog)


def _state(row: DiagRow) -> TcpState:
    """sock_diag lists a socket that is only bound as CLOSE (inet_diag_dump_icsk, net/ipv4/inet_diag.c)."""
    return TcpState.BOUND_INACTIVE if row.state is TcpState.CLOSE and not row.remote[1] else row.state


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
