"""Who stands before the door: every attempt to connect gets a number, and meets what the plan has for that number.

Law: an attempt is counted once, whoever sees it first (see `counted` in `Attempt`), and known again by the cookie of the
client's socket (SO_COOKIE, socket(7)), which the kernel gives to one socket only. What attempt n + 1 shall meet is set
as soon as attempt n has met the door. May be called from any thread; it never waits but for an attempt that is on its way to the door.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable

from simnet.errors import MachineError
from simnet.plan.plan import ServicePlan
from simnet.trace.events import Attempt, DoorSet
from simnet.values import Endpoint
from simnet.verdicts.door import Deny, Refuse
from simnet.world.attempt import Try, door_for
from simnet.world.calls import Callers, current_call
from simnet.world.comers import Comers
from simnet.world.departed import Departed
from simnet.world.door import Door, DoorState
from simnet.world.kernel.destroyed import Death
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.network import StreamSocket
from simnet.world.outcomes import Outcomes
from simnet.world.record import Record
from simnet.world.squatter import Squatter
from simnet.world.visitor import Glimpse, Visitor

__all__ = ["Gate"]

LATE_WORD = 0.5
"""Seconds for the word of a refused attempt to reach us on a loaded machine, counted from when the door was opened."""


class Gate:
    """The attempts at one service, and the door set for the next of them."""

    def __init__(
        self, plan: ServicePlan, door: Door, record: Record, wake: Callable[[], None], pause: Callable[[float], None]
    ) -> None:
        self._pause = pause
        self.plan, self.door, self.record = plan, door, record
        self.attempts = 0
        self._squatter = Squatter(door, record)
        self.comers = Comers.ANYBODY
        """Who may come unannounced; to be set by who starts the programs that are to come."""
        self.tries: dict[int, Try] = {}
        """By the client's socket cookie, until that socket is destroyed."""
        self._wake = wake
        self._departed = Departed()
        self._outcomes = Outcomes(record)
        self._callers = Callers()
        self._last: Try | None = None
        self._up = False
        self._last_shut = -math.inf
        self._lock = threading.RLock()

    def switch(self, plan: ServicePlan) -> None:
        """From now on this is the plan (faults switched live), for those too whose SYNs are unanswered: the next meets it."""
        with self._lock:
            self.plan, now = plan, self.record.elapsed()
            unanswered = [attempt for attempt in self.tries.values() if attempt.awaits_answer()]
            for attempt in unanswered:
                self._outcomes.meets_instead(attempt, plan.door(attempt.number, now))
            if not self.settle() and self._last in unanswered:
                self._set_for(self._last.number)  # should its first SYN not have come yet, then that one meets it

    @property
    def takes_all_alike(self) -> bool:
        """Whether every attempt finds the door as it is, or there is none: they are counted when they are accepted.

        Not while one is on its way for which the door was set: the next has to wait for that one.
        """
        return self._last is None and (self.plan.door_is_plain() or self.door.state is DoorState.RELEASED)

    def announced(self, visitor: Visitor) -> str:
        """A socket is about to connect: called before the kernel acts, which waits for our return.

        Returns the errno, by name, with which the system call is to fail; "" if it shall go on.
        """
        if self.takes_all_alike:
            self._callers.announce(visitor)
            return ""
        with self._lock:
            glimpse = visitor.arrived
            if glimpse is None or glimpse.state is not TcpState.CLOSE:
                return ""  # a second connect(2) on a socket that is under way asks how it goes
            if self._announced_before(visitor, glimpse):
                return ""
            self._let_the_last_one_meet_the_door(visitor)
            attempt = self._count(visitor.counted, "", self.record.elapsed(), None)
            if isinstance(attempt.verdict, Deny) and visitor.deniable and attempt.verdict.call == "connect":
                return self._outcomes.denied(attempt, attempt.verdict)
            if self._last is not None and not self._last.over:
                self._look_at(self._last)
            if self.comers is Comers.ANYBODY:
                self.comers = Comers.beside_the_announced(self.door.endpoint[0])
            attempt.visitor, attempt.port_before = visitor, glimpse.port
            self.tries[visitor.cookie] = self._last = attempt
            if attempt.holds_syns:
                self._outcomes.held.add(attempt)
            self._outcomes.door_is_for(attempt.chosen)
            self._set(*door_for(attempt.chosen))
        self._wake()
        return ""

    def asks_for_socket(self) -> str:
        """A supervised program asks for a TCP socket: the errno with which that is to fail, or ""."""
        with self._lock:
            chosen = self.plan.door(self.attempts + 1, self.record.elapsed())
            if chosen is None or not isinstance(chosen.verdict, Deny) or chosen.verdict.call != "socket":
                return ""
            return self._outcomes.denied(self._count("by notifier", "", self.record.elapsed(), None), chosen.verdict)

    def binds(self) -> None:
        """A supervised program is about to bind this address: hold it against this try, or give it back."""
        with self._lock:
            self._squatter.count_bind()
            self._set_for(self.attempts + 1)
            self._squatter.prove_bind(self.plan)

    def waiting(self, cookie: int, client: str, began: float) -> Try:
        """A client is seen in SYN_SENT."""
        with self._lock:
            known = self.tries.get(cookie)
            if known is None:
                known = self.tries[cookie] = self._count("by polling", client, began, self.door.state)
            known.client, known.waited = client, True
            if known.holds_syns and not known.over:
                self._outcomes.held.add(known)
            return known

    def queued(self, cookie: int, client: tuple[str, int]) -> None:
        """A client is connected and waits in the accept queue; it may have closed its socket already."""
        with self._lock:
            if cookie in self.tries:
                self.tries[cookie].let_in = True
            elif client[1] not in self._departed:
                name, now = str(Endpoint(*client)), self.record.elapsed()
                self.tries[cookie] = self._count("in the queue", name, now, self.door.state, port=client[1])

    def accepted(self, cookie: int, client: tuple[str, int]) -> Try:
        """A connection has come through the door (or was let in by us); `cookie` 0: its client's socket is gone."""
        with self._lock:
            known = self._departed.whose(cookie, client[1], self.tries)
            if known is None:
                name, now = str(Endpoint(*client)), self.record.elapsed()
                known = self._count("at accept", name, now, self.door.state, port=client[1])
                if cookie:
                    self.tries[cookie] = known
            known.client, known.taken = str(Endpoint(*client)), True
            self._outcomes.accepted(known)
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
        if self.plan.door_is_plain() or not death.refused or not self.comers.may_have_died(death):
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
            self._set_for(self.attempts + 1)
            return True

    def conclude(self) -> None:
        """The run is over: say what became of those who still stand here."""
        with self._lock:
            for attempt in self.tries.values():
                if not attempt.over:
                    self._look_at(attempt)  # its socket may outlive us, held by a traceback: no destroy event will come
                if attempt.waited and not attempt.over:
                    self._outcomes.over(attempt, "still waiting")

    def left(self, attempt: Try, *, connected: bool) -> None:
        """A waiting attempt is no longer in SYN_SENT: it waits to be accepted, or it has gone."""
        with self._lock:
            self._outcomes.held.discard(attempt)
            attempt.let_in = connected
            self._look_at(attempt)
            if not attempt.over and not connected and not isinstance(attempt.verdict, Refuse):
                self._outcomes.over(attempt, "gave_up")  # whether it was refused is told by its socket, now or at its end
            self.settle()

    def announce_door(self) -> None:
        """Record how the door stands, from the moment the world is up."""
        self._up = True
        if self.plan.takes_connections:
            self.record.add(DoorSet, door=self.door.state.value)
        self._squatter.prove_taken(self.plan)

    def could_not_take(self, error: MachineError) -> None:
        """The address was to be held against the program under test, which has it already."""
        self._squatter.failed(self.plan, str(error))

    @property
    def expects_word(self) -> bool:
        """Whether the kernel has yet to say what became of an attempt that was refused."""
        refused = (t for t in tuple(self.tries.values()) if not t.over and isinstance(t.verdict, Refuse))
        return any(not attempt.is_back() for attempt in refused)

    @property
    def unsettled(self) -> bool:
        """Whether an announced attempt may still be on its way, so that `settle` is due."""
        return self._last is not None

    def deliver(self, connection: StreamSocket, client: tuple[str, int]) -> None:
        """Hand a connection that was let in by simultaneous open to the service."""
        self.door.deliver(connection, client)
        self._wake()

    def _count(self, counted: str, client: str, began: float, door: DoorState | None, *, port: int = 0) -> Try:
        """`door` is what the attempt has met; None: it will meet what is planned for it."""
        self.attempts += 1
        chosen = self.plan.door(self.attempts, began)
        met = door or door_for(chosen)[0]
        attempt = Try(self.attempts, chosen, began, met, client)
        fault = None if chosen is None else chosen.planned.number
        event = {"number": attempt.number, "client": client, "counted": counted, "door": met.value, "fault": fault}
        self.record.add(Attempt, **event, call=current_call() or (self._callers.of(port) if port else ""))
        return attempt

    def _announced_before(self, visitor: Visitor, glimpse: Glimpse) -> bool:
        """Whether a signal has restarted the system call that was announced, before the kernel acted."""
        last = self._last
        if last is None or last.visitor is None or last.over:
            return False
        return last.visitor.cookie == visitor.cookie and glimpse.port == last.port_before

    def _let_the_last_one_meet_the_door(self, visitor: Visitor) -> None:
        last = self._last
        if last is None or last.over or (last.visitor is not None and last.visitor.thread == visitor.thread):
            return
        while not last.has_met(self.record.elapsed()):
            self._pause(0.0002)

    def _look_at(self, attempt: Try) -> None:
        """Take the proof from the client's own socket while there is one."""
        if isinstance(attempt.verdict, Refuse) and attempt.is_back():
            self._outcomes.refused(attempt)

    def _conclude(self, attempt: Try, death: Death) -> None:
        if death.connected or (attempt.door is DoorState.OPEN and not death.segments_in):
            self._departed.add(death.local[1], attempt)  # it waits, closed, in the accept queue
        elif death.segments_in or (death.refused and not attempt.is_unanswered):
            self._outcomes.refused(attempt)
        else:
            self._outcomes.gave_up(attempt, death.segments_in)

    def _set_for(self, number: int) -> None:
        elapsed = self.record.elapsed()
        if not self.plan.takes_connections:
            self._set(DoorState.RELEASED, 0)
        elif self.plan.squats:
            self._set(DoorState.RELEASED if self._squatter.chosen(self.plan) is None else DoorState.TAKEN, 0)
        elif self._outcomes.held or self.plan.holds_syns_later(number, elapsed):
            self._set(DoorState.DROP, 0)
        else:
            chosen = self.plan.door(number, elapsed)
            self._outcomes.door_is_for(chosen)
            self._set(*door_for(chosen))

    def _set(self, state: DoorState, backlog: int) -> None:
        if DoorState.REFUSE in {self.door.state, state}:
            self._last_shut = self.record.elapsed()
        if self.door.switch(state, backlog):
            if self._up:
                self.announce_door()
            self._wake()
