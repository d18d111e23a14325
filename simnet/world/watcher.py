"""Watching the clients that wait in SYN_SENT, and the sockets that die: what the listener itself is never told.

Law: one watcher for all services of a world. It asks sock_diag only while some door drops SYNs, so an idle world costs
nothing; it decides nothing: the plan says who is let in and when, the gate keeps the numbers.
"""

from __future__ import annotations

import itertools
import math
import socket
from collections.abc import Callable, Mapping, Sequence
from typing import assert_never, cast

import trio

from simnet.values import Endpoint
from simnet.verdicts.door import Deny, DoorVerdict, Drop, Fill, Hold, LoseSyns, Refuse, Squat
from simnet.world.admit import admit
from simnet.world.attempt import Try
from simnet.world.door import DoorState
from simnet.world.gate import Gate
from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.sock_diag import DiagRow
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.neighbours import Neighbours
from simnet.world.network import Deaths, Network
from simnet.world.visitor import cookie_of

__all__ = ["Watcher"]

IDLE_POLL = 0.010
"""Seconds between two looks while doors drop SYNs and nobody waits: a client's first SYN is dated by its own timer."""

BUSY_POLL = 0.002
UNSETTLED_POLL = 0.0005

WORK_QUEUE = 0.002
"""Seconds: destroy events are sent from a work queue (sock_diag_broadcast_destroy), as a rule within a millisecond."""

ATTEMPTS_A_GATHERING = 16
"""The kernel keeps some hundred words for us, and each attempt may be one; a client can make that many while we wait for a
processor."""

FIRST_RETRY_MS = 1000
"""The first SYN is sent again after a second (TCP_TIMEOUT_INIT, RFC 6298 section 2.1), so its timer tells its age."""


class Watcher:
    """Sees to the gates of one world."""

    def __init__(self, gates: Mapping[tuple[str, int], Gate], net: Network, elapsed: Callable[[], float]) -> None:
        self._gates, self._net, self._elapsed = gates, net, elapsed
        self._woken = False
        self._asleep = trio.CancelScope()
        self._due = math.inf
        """When the first of those who wait is to be let in by time alone."""
        self._waiting: dict[int, tuple[Gate, Try, DiagRow]] = {}
        """By cookie: who was in SYN_SENT at the last look."""
        self._being_admitted: set[int] = set()
        self._deaths: Deaths | None = None
        self._last_post = 0
        """The cookie of a socket of ours whose death is waited for; no cookie is 0."""
        self._last_post_came = trio.Event()
        self._nursery: trio.Nursery | None = None
        self._attempts = itertools.count(1)
        self.neighbours = Neighbours(gates)
        self._by_address: dict[str, list[Gate]] = {}
        for (address, _), gate in gates.items():
            self._by_address.setdefault(address, []).append(gate)

    def wake(self) -> None:
        """Look again, now: a door was switched or an attempt announced. In the Trio thread."""
        self._woken = True
        self._asleep.cancel()

    def gather(self) -> None:
        """From any thread, of each attempt: now and then take in what the kernel has said, so that none of it is lost."""
        deaths = self._deaths
        if deaths is not None and next(self._attempts) % ATTEMPTS_A_GATHERING == 0:
            deaths.gather()

    def attend(self) -> None:
        """Subscribe to the deaths of sockets, if that was not done yet: some door has faults. In the Trio thread."""
        if self._deaths is None:
            self._deaths = self._net.deaths(self._by_address.keys())
            assert self._nursery is not None, "attend() comes after run()"
            self._nursery.start_soon(self._hear_of_deaths, self._deaths)

    async def run(self, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Watch until cancelled."""
        async with trio.open_nursery() as self._nursery:
            task_status.started()
            await self._look_on(self._nursery)

    def close(self) -> None:
        """End the subscription; nothing is heard afterwards."""
        if self._deaths is not None:
            self._deaths.close()
            self._deaths = None

    def hear(self) -> None:
        """Tell the gates of the sockets that have died."""
        for death in () if self._deaths is None else self._deaths.pending():
            if death.cookie == self._last_post:
                self._last_post_came.set()
            gate = self._whose(death)
            if gate is not None:
                gate.died(death)

    def _whose(self, death: Death) -> Gate | None:
        """A blocking connect that failed has forgotten the port: whoever knows the socket, or has the address."""
        was_a_neighbours = self.neighbours.died(death.cookie)
        if death.remote[1]:
            return self._gates.get(death.remote)
        here = self._by_address.get(death.remote[0], [])
        stranger = here[-1] if here and not was_a_neighbours else None
        return next((gate for gate in here if death.cookie in gate.tries), stranger)

    async def hear_the_latest(self) -> None:
        """Wait until the kernel's work queue has told of the sockets that were closed up to now.

        The caller says for how long at most.
        """
        if self._deaths is not None:
            if self._send_last_post():
                await self._last_post_came.wait()
            await trio.sleep(WORK_QUEUE)
            self.hear()

    def _send_last_post(self) -> bool:
        """Close a socket of our own: a queue is worked off in order, so its death is told after all before it.

        That holds for the queue of this CPU; the others, which are as busy, are given `WORK_QUEUE`.
        """
        sock = self._net.socket(socket.AF_INET)
        try:
            self._last_post = cookie_of(cast("socket.socket", sock))
        except OSError:
            return False  # a model of a socket need not have one
        finally:
            sock.close()
        return True

    async def _hear_of_deaths(self, deaths: Deaths) -> None:
        while True:
            await deaths.wait()
            self.hear()

    async def _look_on(self, nursery: trio.Nursery) -> None:
        while True:
            self._woken, self._due = False, math.inf
            settled = [gate.settle() for gate in self._gates.values() if gate.unsettled]
            unanswering = [g for g in self._gates.values() if g.door.state in {DoorState.DROP, DoorState.FULL}]
            if unanswering or self._waiting:
                self._look(nursery)
            await self._rest(settled, idle=not unanswering)

    async def _rest(self, settled: Sequence[bool], *, idle: bool) -> None:
        """Until woken, or until there may be something to see."""
        if self._woken:
            await trio.lowlevel.checkpoint()
            return
        with trio.move_on_after(max(0.0, self._due - self._elapsed())) as self._asleep:
            if not all(settled):
                await trio.sleep(UNSETTLED_POLL)
            elif idle and not self._waiting:
                await trio.sleep_forever()
            else:
                await self._net.look_again(BUSY_POLL if self._waiting else IDLE_POLL)

    def _look(self, nursery: trio.Nursery) -> None:
        now = self._elapsed()
        seen: dict[int, tuple[Gate, Try, DiagRow]] = {}
        for row in self._net.diag.waiting():
            gate = self._gates.get(row.remote)
            if gate is not None:
                attempt = gate.waiting(row.cookie, str(Endpoint(*row.local)), now - _age(row))
                attempt.syns = row.retransmits + 1
                seen[row.cookie] = gate, attempt, row
                self._see_to(gate, attempt, row, nursery)
        for cookie in self._waiting.keys() - seen.keys() - self._being_admitted:
            self._miss(*self._waiting[cookie])
        self._waiting = seen

    def _miss(self, gate: Gate, attempt: Try, row: DiagRow) -> None:
        """Somebody has left SYN_SENT: let in by a SYN that was sent again, or gone."""
        now = self._net.diag.find(row.local, row.remote)
        gate.left(attempt, connected=now is not None and now.state is not TcpState.CLOSE)

    def _see_to(self, gate: Gate, attempt: Try, row: DiagRow, nursery: trio.Nursery) -> None:
        match attempt.verdict:
            case None | Deny():
                due = True
            case Hold(seconds):
                due = self._elapsed() - attempt.began >= seconds
                self._due = self._due if due else min(self._due, attempt.began + seconds)
            case LoseSyns(count):
                due = row.retransmits >= count
            case Drop() | Fill():
                due = False
                self._say_unanswered(gate, attempt, row)
            case Refuse() | Squat():
                due = False  # its next SYN meets a door that is shut by then
            case never:
                assert_never(never)
        if due and row.cookie not in self._being_admitted and gate.door.state is not DoorState.OPEN:
            self._being_admitted.add(row.cookie)
            nursery.start_soon(self._admit, gate, attempt, row)

    async def _admit(self, gate: Gate, attempt: Try, row: DiagRow) -> None:
        waited, chosen = self._elapsed() - attempt.began, attempt.chosen  # which may be switched meanwhile
        connection = await admit(self._net, gate.door, row.local)
        self._being_admitted.discard(row.cookie)
        if connection is None:
            return
        attempt.admitted = True
        if chosen is not None:
            gate.record.applied(
                chosen.planned,
                attempt.target,
                client_tcp_state=row.state.name,
                syns_dropped=_dropped(chosen.verdict, row.retransmits),
                seconds=round(waited, 4),
            )
        gate.deliver(connection, row.local)

    def _say_unanswered(self, gate: Gate, attempt: Try, row: DiagRow) -> None:
        if attempt.said or attempt.chosen is None:
            return
        evidence: dict[str, str | float | bool] = {"client_tcp_state": row.state.name, "door": gate.door.state.value}
        if gate.door.state is DoorState.FULL:
            waiting, backlog = gate.door.waiting()
            overflows = self._net.counters().get("TcpExtListenOverflows", 0)
            evidence |= {"queue": waiting, "backlog": backlog, "ListenOverflows": overflows}
        attempt.said = True
        gate.record.applied(attempt.chosen.planned, attempt.target, **evidence)


def _dropped(verdict: DoorVerdict | None, retransmits: int) -> int:
    """How many SYNs were lost: of `LoseSyns` the last one sent is the one that got through, as far as one can see."""
    return retransmits if isinstance(verdict, LoseSyns) else retransmits + 1


def _age(row: DiagRow) -> float:
    """Seconds since its first SYN; 0 when the timer cannot tell (the SYN was sent again)."""
    return max(0, FIRST_RETRY_MS - row.timer_ms) / 1000 if row.retransmits == 0 and row.timer_ms else 0.0
