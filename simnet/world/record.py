"""What one service writes into the trace.

Law: whoever acts reports, at once and in the words of `trace/events.py`; nothing is reported that was not seen. May be
called from any thread. This is also where it is remembered which faults have struck, so that the end of the run can
say which never did.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from simnet.plan.plan import PlannedFault
from simnet.trace.events import Applied, Event, Failed, NotReached
from simnet.trace.journal import Journal

__all__ = ["Record"]

E = TypeVar("E", bound=Event)


class Record:
    """The trace of one service, and the clock of the world: seconds since the network came up."""

    def __init__(self, service: str, journal: Journal, elapsed: Callable[[], float]) -> None:
        self.service, self.elapsed = service, elapsed
        self._journal = journal
        self._struck: set[int] = set()
        self._proofs_to_come = 0

    def add(self, kind: type[E], /, **fields: Any) -> None:
        """Record an event of this service, now."""
        self._journal.add(kind(t=self.elapsed(), service=self.service, **fields))

    @property
    def expects_proof(self) -> bool:
        """Whether a fault is striking at this moment and its proof is a matter of milliseconds."""
        return self._proofs_to_come > 0

    @contextlib.contextmanager
    def proving(self) -> Iterator[None]:
        """A fault strikes in this block, and its proof is recorded before the block ends: the world waits for it."""
        self._proofs_to_come += 1
        try:
            yield
        finally:
            self._proofs_to_come -= 1

    def applied(self, planned: PlannedFault, target: str, **evidence: str | float | bool) -> None:
        """The fault struck `target` (e.g. "attempt 2"), and this is the evidence."""
        self._struck.add(planned.number)
        self.add(Applied, fault=planned.number, kind=planned.fault.kind, target=target, evidence=evidence)

    def failed(self, planned: PlannedFault, target: str, why: str, **evidence: str | float | bool) -> None:
        """The fault was to strike `target`, and the kernel says that it did not."""
        self._struck.add(planned.number)
        self.add(Failed, fault=planned.number, kind=planned.fault.kind, target=target, why=why, evidence=evidence)

    def not_reached(self, planned: PlannedFault) -> None:
        """Record, at the end, that the fault never struck; nothing if it did."""
        if planned.number not in self._struck:
            self.add(NotReached, fault=planned.number, kind=planned.fault.kind, required=planned.fault.must_strike)
