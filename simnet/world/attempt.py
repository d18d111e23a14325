"""One attempt to connect, while it is of interest.

Law: what became of it is read from the client's own socket where that can be looked at (TCP_INFO of the live socket,
never a guess), and is otherwise left to the kernel's tables and its destroy events.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from simnet.plan.plan import Chosen
from simnet.verdicts.door import Deny, DoorVerdict, Drop, Fill, Hold, LoseSyns, Refuse, Squat
from simnet.world.door import DoorState
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.visitor import Glimpse, Visitor

__all__ = ["DoorChoice", "Try", "door_for"]

DoorChoice: TypeAlias = Chosen[DoorVerdict] | None

SYN_MEETS_WITHIN = 0.005
"""A SYN on loopback is handled before connect(2) returns; this is for a thread that is descheduled in between."""

MEETS_WITHIN = 2.0
"""Seconds after which an announced attempt is taken to have failed before any SYN (EADDRNOTAVAIL ...). A thread that
waits for a processor on a loaded machine must not be taken for that."""


@dataclass(slots=True, eq=False)
class Try:
    """One attempt while it is of interest."""

    number: int
    chosen: DoorChoice
    began: float
    door: DoorState
    client: str = ""
    visitor: Visitor | None = None
    port_before: int = 0
    sent_at: float = math.inf
    """When it was first seen in SYN_SENT."""
    waited: bool = False
    over: bool = False
    said: bool = False
    admitted: bool = False
    let_in: bool = False
    """Whether it was seen to be connected and to wait for accept(2)."""
    taken: bool = False
    """Whether a connection was accepted as its own."""
    syns: int = 1

    @property
    def target(self) -> str:
        """How the trace names it."""
        return f"attempt {self.number}"

    @property
    def verdict(self) -> DoorVerdict | None:
        """What it shall meet."""
        return None if self.chosen is None else self.chosen.verdict

    @property
    def holds_syns(self) -> bool:
        """Whether its SYNs are dropped on purpose while the door may have to let others in."""
        return isinstance(self.verdict, Drop | Hold | LoseSyns)

    @property
    def is_unanswered(self) -> bool:
        """Whether its SYN shall meet silence."""
        return self.holds_syns or isinstance(self.verdict, Fill)

    def awaits_answer(self) -> bool:
        """Whether its next SYN (or its first, if that is on its way) meets the door as it will be then."""
        if self.over or self.let_in or not (self.is_unanswered or self.waited):
            return False
        glimpse = self._glimpse()
        if glimpse is None:
            return self.visitor is None
        return glimpse.state is TcpState.SYN_SENT or (
            glimpse.state is TcpState.CLOSE and glimpse.port == self.port_before
        )

    def has_met(self, now: float) -> bool:
        """Whether its SYN has reached the door (its thread may still stand before the system call)."""
        glimpse = self._glimpse()
        if glimpse is None or now - self.began > MEETS_WITHIN:
            return True  # closed: it is behind us
        if glimpse.state is TcpState.SYN_SENT:
            self.sent_at = min(self.sent_at, now)
            silent = self.door in {DoorState.DROP, DoorState.FULL}
            return silent and now - self.sent_at > SYN_MEETS_WITHIN
        return glimpse.state is not TcpState.CLOSE or glimpse.port != self.port_before

    def is_back(self) -> bool:
        """Whether its socket shows that it has been refused: CLOSE, with the port that it was given for its SYN."""
        glimpse = self._glimpse()
        return glimpse is not None and glimpse.state is TcpState.CLOSE and glimpse.port != self.port_before

    def is_closed(self) -> bool:
        """Whether it was announced and its socket is closed by now."""
        return self.visitor is not None and self.visitor.glimpse() is None

    def _glimpse(self) -> Glimpse | None:
        """What its socket shows; None if that is closed, or nobody announced it."""
        return None if self.visitor is None else self.visitor.glimpse()


def door_for(chosen: DoorChoice) -> tuple[DoorState, int]:
    """The door that an attempt with this verdict must meet, and the backlog if it is to be full."""
    match None if chosen is None else chosen.verdict:
        case None | Deny():
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
