"""One attempt to connect, while it is of interest.

Law: what became of it is read from the client's own socket where that can be looked at (TCP_INFO of the live socket,
never a guess), and is otherwise left to the kernel's tables and its destroy events.
"""

from __future__ import annotations

from dataclasses import dataclass

from simnet.faults.contract import DoorVerdict, Drop, Fill, Hold, LoseSyns
from simnet.plan.plan import Chosen
from simnet.world.door import DoorState
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.visitor import Visitor

__all__ = ["Try"]

SYN_MEETS_WITHIN = 0.005
"""A SYN on loopback is handled before connect(2) returns; this is for a thread that is descheduled in between."""

BOUND_MEETS_WITHIN = 0.05
"""The same for a socket that was bound before it connects: its port says nothing."""


@dataclass(slots=True, eq=False)
class Try:
    """One attempt while it is of interest."""

    number: int
    chosen: Chosen[DoorVerdict] | None
    began: float
    door: DoorState
    client: str = ""
    visitor: Visitor | None = None
    port_before: int = 0
    waited: bool = False
    over: bool = False
    said: bool = False
    admitted: bool = False
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

    def has_met(self, now: float) -> bool:
        """Whether its SYN has reached the door (its thread may still stand before the system call)."""
        glimpse = None if self.visitor is None else self.visitor.glimpse()
        if glimpse is None:
            return True  # closed: it is behind us
        if glimpse.state is TcpState.SYN_SENT:
            return now - self.began > SYN_MEETS_WITHIN
        back = glimpse.state is not TcpState.CLOSE or glimpse.port != self.port_before
        return back or now - self.began > BOUND_MEETS_WITHIN

    def is_back(self) -> bool:
        """Whether its socket shows that it has been refused: CLOSE, with the port that it was given for its SYN."""
        glimpse = None if self.visitor is None else self.visitor.glimpse()
        return glimpse is not None and glimpse.state is TcpState.CLOSE and glimpse.port != self.port_before

    def is_closed(self) -> bool:
        """Whether it was announced and its socket is closed by now."""
        return self.visitor is not None and self.visitor.glimpse() is None
