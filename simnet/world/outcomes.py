"""What became of each attempt: said once, with the proof, or with why there is none.

Law: whatever met something else than planned is reported as failed, never glossed over.
"""

from __future__ import annotations

from simnet.plan.plan import Chosen, PlannedFault
from simnet.trace.events import AttemptOver
from simnet.verdicts.door import Deny, Drop, Fill, Refuse
from simnet.world.attempt import DoorChoice, Try
from simnet.world.record import Record

__all__ = ["Outcomes"]

GOT_IN = "it got in: the client came before the door was switched"
NOT_DENIED = "it got in: only a program under `simnet run FILE -- CMD` can be denied a system call"
REFUSED_AS_WELL = "it was refused as well: the client came back before the door was switched"


class Outcomes:
    """The endings of the attempts at one service."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self.held: set[Try] = set()
        """Those who wait with their SYNs dropped on purpose."""
        self._shut_by: PlannedFault | None = None

    def door_is_for(self, chosen: DoorChoice) -> None:
        """Remember who shuts the door, to name it if somebody runs into it unplanned."""
        if isinstance(chosen, Chosen) and isinstance(chosen.verdict, Refuse):
            self._shut_by = chosen.planned

    def meets_instead(self, attempt: Try, chosen: DoorChoice) -> None:
        """Its SYNs went unanswered up to now, and by another plan its next one meets `chosen`."""
        if attempt.chosen is not None and attempt.is_unanswered and attempt.waited and not attempt.said:
            self._record.applied(
                attempt.chosen.planned,
                attempt.target,
                client_tcp_state="SYN_SENT",
                syns_dropped=attempt.syns,
                seconds=round(self._record.elapsed() - attempt.began, 4),
            )
        attempt.chosen, attempt.said = chosen, False
        self.held.discard(attempt)
        if attempt.holds_syns:
            self.held.add(attempt)

    def refused(self, attempt: Try) -> None:
        """The client has got ECONNREFUSED."""
        self.over(attempt, "refused")
        chosen, shut = attempt.chosen, self._shut_by
        if chosen is not None and isinstance(chosen.verdict, Refuse):
            self._record.applied(chosen.planned, attempt.target, errno="ECONNREFUSED", client_tcp_state="CLOSE")
        elif shut is not None:
            self._record.failed(shut, attempt.target, REFUSED_AS_WELL, errno="ECONNREFUSED")

    def denied(self, attempt: Try, verdict: Deny) -> str:
        """The system call is about to fail; return the errno with which, by name."""
        self.over(attempt, "denied")
        if attempt.chosen is not None:
            delivered = f"at the system call {verdict.call}(2), not by a packet"
            self._record.applied(attempt.chosen.planned, attempt.target, errno=verdict.errno, delivered=delivered)
        return verdict.errno

    def gave_up(self, attempt: Try, segments_in: int) -> None:
        """The client has closed its socket, which has received so many segments."""
        if attempt.is_unanswered and attempt.chosen is not None and not attempt.said:
            attempt.said = True
            self._record.applied(attempt.chosen.planned, attempt.target, client_segments_in=segments_in)
        self.over(attempt, "gave_up")

    def accepted(self, attempt: Try) -> None:
        """The client is connected and we have its connection."""
        if attempt.over:
            return
        if attempt.waited:
            self.over(attempt, "admitted")
        attempt.over = True
        self.held.discard(attempt)
        if attempt.chosen is not None and isinstance(attempt.verdict, Refuse | Drop | Fill | Deny) and not attempt.said:
            why = NOT_DENIED if isinstance(attempt.verdict, Deny) else GOT_IN
            self._record.failed(attempt.chosen.planned, attempt.target, why, client_tcp_state="ESTABLISHED")

    def over(self, attempt: Try, outcome: str) -> None:
        """The attempt has ended so."""
        attempt.over = True
        self.held.discard(attempt)
        seconds = round(self._record.elapsed() - attempt.began, 6)
        self._record.add(AttemptOver, number=attempt.number, outcome=outcome, seconds=seconds, syns=attempt.syns)
