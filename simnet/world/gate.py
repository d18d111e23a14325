"""Who stands before the door: every attempt to connect gets a number, and meets what the plan has for that number.

Law: an attempt is counted once, whoever sees it first (see `counted` in `Attempt`), and known again by the cookie of the
client's socket (SO_COOKIE, socket(7)), which the kernel gives to one socket only. What attempt n + 1 shall meet is set
as soon as attempt n has met the door; whatever met something else than planned is reported as failed, never glossed
over. May be called from any thread; it never waits but for an attempt that is on its way to the door.
"""

from __future__ import annotations

import math
import os
import socket
import threading
import time
from collections.abc import Callable
from typing import assert_never

from simnet.errors import MachineError
from simnet.faults.contract import DoorVerdict, Drop, Fill, Hold, LoseSyns, Refuse, Squat
from simnet.plan.plan import Chosen, PlannedFault, ServicePlan
from simnet.trace.events import Attempt, AttemptOver, DoorSet
from simnet.values import Endpoint
from simnet.world.attempt import Try
from simnet.world.door import Door, DoorState
from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.record import Record
from simnet.world.visitor import Glimpse, Visitor

__all__ = ["Gate"]

LATE_WORD = 0.5
"""Seconds for the word of a refused attempt to reach us on a loaded machine, counted from when the door was opened."""

MEETS_WITHIN = 0.05
"""Seconds that an announced attempt is given to reach the door before the door is switched for the next."""


class Gate:
    """The attempts at one service, and the door set for the next of them."""

    def __init__(self, plan: ServicePlan, door: Door, record: Record, wake: Callable[[], None]) -> None:
        self.plan, self.door, self.record = plan, door, record
        self.attempts = 0
        self.tries: dict[int, Try] = {}
        """By the client's socket cookie, until that socket is destroyed."""
        self._wake = wake
        self._departed: dict[int, Try] = {}
        """By the port of their client: connected and closed again before they were accepted."""
        self._held: set[Try] = set()
        self._last: Try | None = None
        self._shut_by: PlannedFault | None = None
        self._up = False
        self._last_shut = -math.inf
        self._lock = threading.RLock()

    def switch(self, plan: ServicePlan) -> None:
        """From now on this is the plan (faults switched live)."""
        with self._lock:
            self.plan = plan
            self.settle()

    def announced(self, visitor: Visitor) -> None:
        """A socket is about to connect: called before the kernel acts, which waits for our return."""
        if self.plan.door_is_plain() or self.door.state is DoorState.RELEASED:
            return
        with self._lock:
            glimpse = visitor.glimpse()
            if glimpse is None or glimpse.state is not TcpState.CLOSE:
                return  # a second connect(2) on a socket that is under way asks how it goes
            if self._announced_before(visitor, glimpse):
                return
            self._let_the_last_one_meet_the_door(visitor)
            attempt = self._count(visitor.counted, "", self.record.elapsed(), None)
            attempt.visitor, attempt.port_before = visitor, glimpse.port
            self.tries[visitor.cookie] = self._last = attempt
            if attempt.holds_syns:
                self._held.add(attempt)
            self._remember_who_shuts(attempt.chosen)
            self._set(*_wanted(attempt.chosen))
        self._wake()

    def waiting(self, cookie: int, client: str, began: float) -> Try:
        """A client is seen in SYN_SENT."""
        with self._lock:
            known = self.tries.get(cookie)
            if known is None:
                known = self.tries[cookie] = self._count("by polling", client, began, self.door.state)
            known.client, known.waited = client, True
            if known.holds_syns and not known.over:
                self._held.add(known)
            return known

    def queued(self, cookie: int, client: str) -> None:
        """A client is connected and waits in the accept queue."""
        with self._lock:
            if cookie not in self.tries:
                self.tries[cookie] = self._count("in the queue", client, self.record.elapsed(), self.door.state)

    def accepted(self, cookie: int, client: tuple[str, int]) -> Try:
        """A connection has come through the door (or was let in by us); `cookie` 0: its client's socket is gone."""
        with self._lock:
            known = self.tries.get(cookie) or self._who_has_left(client[1])
            if known is None:
                known = self._count("at accept", str(Endpoint(*client)), self.record.elapsed(), self.door.state)
                if cookie:
                    self.tries[cookie] = known
            known.client = str(Endpoint(*client))
            self._judge_accepted(known)
            self.settle()
            return known

    def died(self, death: Death) -> None:
        """The client's socket is destroyed: the last word of an attempt that was refused or given up."""
        with self._lock:
            known = self.tries.pop(death.cookie, None)
            if known is None and self._was_refused(death):
                known = self._count("by destroy event", death.client, self.record.elapsed(), DoorState.REFUSE)
            if known is not None and not known.over:
                self._conclude(known, death)
            self.settle()

    def _was_refused(self, death: Death) -> bool:
        """Whether nobody has seen this attempt and it was refused.

        A blocking connect that was refused and a connection that its client has aborted look alike (tcp_disconnect
        forgets the counts): the latter is still in the accept queue, and the door tells which of them can have been.
        """
        if self.plan.door_is_plain() or not death.refused:
            return False
        return bool(death.segments_in) or self.record.elapsed() - self._last_shut < LATE_WORD

    def settle(self) -> bool:
        """Set the door for the next attempt; False if the last one is still on its way there."""
        with self._lock:
            last = self._last
            if last is not None and not last.over:
                if not last.has_met(self.record.elapsed()):
                    return False
                self._look_at(last)
            self._last = None
            self._set(*self._for_the_next())
            return True

    def conclude(self) -> None:
        """The run is over: say what became of those who still stand here."""
        with self._lock:
            if self._last is not None and not self._last.over:
                self._look_at(self._last)
            for attempt in self.tries.values():
                if attempt.waited and not attempt.over:
                    self._over(attempt, "still waiting")

    def left(self, attempt: Try, *, connected: bool) -> None:
        """A waiting attempt is no longer in SYN_SENT: it waits to be accepted, or it has gone."""
        with self._lock:
            self._held.discard(attempt)
            if not attempt.over and not connected:
                self._over(attempt, "gave_up")
            self.settle()

    def announce_door(self) -> None:
        """Record how the door stands, from the moment the world is up."""
        self._up = True
        self.record.add(DoorSet, door=self.door.state.value)
        self._prove_taken()

    def could_not_take(self, error: MachineError) -> None:
        """The address was to be held against the program under test, which has it already."""
        chosen = self.plan.door(self.attempts + 1, self.record.elapsed())
        if chosen is not None:
            self.record.failed(chosen.planned, self.plan.addr, str(error), errno="EADDRINUSE")

    @property
    def expects_word(self) -> bool:
        """Whether the kernel has yet to say what became of an attempt that was refused."""
        return any(not t.over and isinstance(t.verdict, Refuse) for t in tuple(self.tries.values()))

    @property
    def unsettled(self) -> bool:
        """Whether an announced attempt may still be on its way, so that `settle` is due."""
        return self._last is not None

    def deliver(self, connection: socket.socket, client: tuple[str, int]) -> None:
        """Hand a connection that was let in by simultaneous open to the service."""
        self.door.deliver(connection, client)
        self._wake()

    # ------------------------------------------------------------------------------------------------------

    def _count(self, counted: str, client: str, began: float, door: DoorState | None) -> Try:
        """`door` is what the attempt has met; None: it will meet what is planned for it."""
        self.attempts += 1
        chosen = self.plan.door(self.attempts, began)
        met = door or _wanted(chosen)[0]
        attempt = Try(self.attempts, chosen, began, met, client)
        fault = None if chosen is None else chosen.planned.number
        self.record.add(Attempt, number=attempt.number, client=client, counted=counted, door=met.value, fault=fault)
        return attempt

    def _announced_before(self, visitor: Visitor, glimpse: Glimpse) -> bool:
        """Whether a signal has restarted the system call that was announced, before the kernel acted."""
        last = self._last
        same = last is not None and last.visitor is not None and last.visitor.cookie == visitor.cookie
        return same and last is not None and not last.over and glimpse.port == last.port_before

    def _let_the_last_one_meet_the_door(self, visitor: Visitor) -> None:
        last = self._last
        if last is None or last.over or (last.visitor is not None and last.visitor.thread == visitor.thread):
            return
        end = time.monotonic() + MEETS_WITHIN
        while not last.has_met(self.record.elapsed()) and time.monotonic() < end:
            time.sleep(0.0002)

    def _look_at(self, attempt: Try) -> None:
        """Take the proof from the client's own socket while there is one."""
        if isinstance(attempt.verdict, Refuse) and attempt.is_back():
            self._refused(attempt)

    def _conclude(self, attempt: Try, death: Death) -> None:
        if death.connected or (attempt.door is DoorState.OPEN and not death.segments_in):
            self._departed[death.local[1]] = attempt  # it waits, closed, in the accept queue: `accepted` will know it
        elif death.segments_in or (death.refused and not attempt.is_unanswered):
            self._refused(attempt)
        else:
            if attempt.is_unanswered and attempt.chosen is not None and not attempt.said:
                attempt.said = True
                self.record.applied(attempt.chosen.planned, attempt.target, client_segments_in=death.segments_in)
            self._over(attempt, "gave_up")

    def _refused(self, attempt: Try) -> None:
        self._over(attempt, "refused")
        chosen, shut = attempt.chosen, self._shut_by
        if chosen is not None and isinstance(chosen.verdict, Refuse):
            self.record.applied(chosen.planned, attempt.target, errno="ECONNREFUSED", client_tcp_state="CLOSE")
        elif shut is not None:
            why = "it was refused as well: the client came back before the door was switched"
            self.record.failed(shut, attempt.target, why, errno="ECONNREFUSED")

    def _judge_accepted(self, attempt: Try) -> None:
        if attempt.over:
            return
        if attempt.waited:
            self._over(attempt, "admitted")
        attempt.over = True
        if attempt.chosen is not None and isinstance(attempt.verdict, Refuse | Drop | Fill) and not attempt.said:
            why = "it got in: the client came before the door was switched"
            self.record.failed(attempt.chosen.planned, attempt.target, why, client_tcp_state="ESTABLISHED")

    def _over(self, attempt: Try, outcome: str) -> None:
        attempt.over = True
        self._held.discard(attempt)
        seconds = round(self.record.elapsed() - attempt.began, 6)
        self.record.add(AttemptOver, number=attempt.number, outcome=outcome, seconds=seconds, syns=attempt.syns)

    def _who_has_left(self, port: int) -> Try | None:
        """Who had closed its socket before we accepted: by its port, or (its destroy event is to come) the oldest."""
        if port in self._departed:
            return self._departed.pop(port)
        return next((a for a in self.tries.values() if not a.over and a.is_closed()), None)

    def _for_the_next(self) -> tuple[DoorState, int]:
        number, elapsed = self.attempts + 1, self.record.elapsed()
        chosen = self.plan.door(number, elapsed)
        if self.plan.squats and (chosen is None or not isinstance(chosen.verdict, Squat)):
            return DoorState.RELEASED, 0
        if self._held or self.plan.holds_syns_later(number, elapsed):
            return DoorState.DROP, 0
        self._remember_who_shuts(chosen)
        return _wanted(chosen)

    def _remember_who_shuts(self, chosen: Chosen[DoorVerdict] | None) -> None:
        if chosen is not None and isinstance(chosen.verdict, Refuse):
            self._shut_by = chosen.planned

    def _set(self, state: DoorState, backlog: int) -> None:
        if DoorState.REFUSE in {self.door.state, state}:
            self._last_shut = self.record.elapsed()
        if self.door.switch(state, backlog):
            if self._up:
                self.announce_door()
            self._wake()

    def _prove_taken(self) -> None:
        """Try to bind what we hold, as the program under test will."""
        chosen = self.plan.door(self.attempts + 1, self.record.elapsed())
        if self.door.state is not DoorState.TAKEN or chosen is None:
            return
        name = self.door.try_to_take()
        if name == "EADDRINUSE":
            self.record.applied(chosen.planned, self.plan.addr, errno=name, holder=f"simnet (pid {os.getpid()})")
        else:
            self.record.failed(chosen.planned, self.plan.addr, "it could be bound beside us", errno=name)


def _wanted(chosen: Chosen[DoorVerdict] | None) -> tuple[DoorState, int]:
    match None if chosen is None else chosen.verdict:
        case None:
            return DoorState.OPEN, 0
        case Refuse():
            return DoorState.REFUSE, 0
        case Drop() | Hold() | LoseSyns():
            return DoorState.DROP, 0
        case Fill(backlog):
            return DoorState.FULL, backlog
        case Squat():
            return DoorState.TAKEN, 0
        case never:
            assert_never(never)
