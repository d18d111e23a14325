"""The virtual kernel's tables as sock_diag lists them, and word of the sockets that die.

Law: rows are what `kernel/sock_diag.py` and `kernel/destroyed.py` would have made of the real kernel's answers; a socket
that is gone is None or missing.
"""

from __future__ import annotations

import os
from typing import final

import trio

from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState, parse_tcp_info
from simnet.world.network import Endpoint
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.options import packed_tcp_info
from simnet.world.virtual.remains import Remains
from simnet.world.virtual.tcb import Tcb

__all__ = ["VirtualDeaths", "VirtualDiag"]

CONNECTED = {TcpState.ESTABLISHED, TcpState.FIN_WAIT1, TcpState.FIN_WAIT2}

RETRANSMISSION, ZERO_WINDOW_PROBE = 1, 4


@final
class VirtualDiag:
    """Implements `network.Diag`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel

    def waiting(self, port: int | None = None) -> list[DiagRow]:
        """See `Diag`."""
        return [self._row(one) for one in self._kernel.dialling.values() if port in {None, one.remote[1]}]

    def queued_at(self, listener: Endpoint) -> list[DiagRow]:
        """See `Diag`."""
        found = [one for one in self._kernel.ends.values() if one.state in CONNECTED and one.remote == listener]
        far = [(one, self._kernel.at(one.remote, one.local)) for one in found]
        return [self._row(one) for one, other in far if isinstance(other, Tcb) and not other.inode]

    def find(self, local: Endpoint, remote: Endpoint) -> DiagRow | None:
        """See `Diag`."""
        found = self._kernel.at(_plain(local), _plain(remote))
        return None if found is None else self._row(found)

    def _row(self, one: Tcb | Remains) -> DiagRow:
        if isinstance(one, Remains):
            return DiagRow(one.state, one.local, one.remote, 0, 0, 0, 0, one.cookie, None)
        info = parse_tcp_info(packed_tcp_info(one))
        wait = 0.0 if one.timer is None else one.timer.when - self._kernel.now()
        return DiagRow(
            one.state,
            one.local,
            one.remote,
            info.retransmits,
            round(wait * 1000),
            one.inode,
            os.getuid(),
            one.cookie,
            info,
            len(one.queue) if one.listens else len(one.arrived.data),
            one.backlog if one.listens else one.out.outstanding,
            _timer(one),
        )


def _timer(one: Tcb) -> int:
    """Which timer runs; the model has none that probes a zero window, since it is told when that opens."""
    if one.out.written > one.out.sent and not one.out.flying:
        return ZERO_WINDOW_PROBE
    return 0 if one.timer is None else RETRANSMISSION


@final
class VirtualDeaths:
    """Implements `network.Deaths`."""

    def __init__(self, kernel: Kernel) -> None:
        self._kernel = kernel
        self._died: list[Death] = []
        self._news = trio.Event()
        kernel.mourners.append(self._hear)

    def close(self) -> None:
        """See `Deaths`."""
        if self._hear in self._kernel.mourners:
            self._kernel.mourners.remove(self._hear)

    async def wait(self) -> None:
        """See `Deaths`."""
        await self._news.wait()

    def gather(self) -> None:
        """See `Deaths`: there is room for all."""

    def pending(self) -> list[Death]:
        """See `Deaths`."""
        found, self._died, self._news = self._died, [], trio.Event()
        return found

    def _hear(self, death: Death) -> None:
        self._died.append(death)
        self._news.set()


def _plain(endpoint: Endpoint) -> Endpoint:
    return endpoint[0].removeprefix("::ffff:"), endpoint[1]
