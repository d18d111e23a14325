"""Holding an address against the program under test, and the proof that it is held.

Law: the kernel says EADDRINUSE, because a real socket of ours has the address. Which try to bind meets it is counted for
programs that are supervised; for all others the address is held, or not, by the clock.
"""

from __future__ import annotations

import os

from simnet.plan.plan import Chosen, ServicePlan
from simnet.verdicts.door import DoorVerdict, Squat
from simnet.world.door import Door, DoorState
from simnet.world.record import Record

__all__ = ["Squatter"]


class Squatter:
    """The squatting of one service's address."""

    def __init__(self, door: Door, record: Record) -> None:
        self._door, self._record = door, record
        self._binds = 0

    def chosen(self, plan: ServicePlan) -> Chosen[DoorVerdict] | None:
        """The fault that holds the address now, if one does."""
        chosen = plan.door(max(1, self._binds), self._record.elapsed())
        return chosen if chosen is not None and isinstance(chosen.verdict, Squat) else None

    def count_bind(self) -> None:
        """A supervised program is about to bind the address."""
        self._binds += 1

    def prove_bind(self, plan: ServicePlan) -> None:
        """Say what the bind that was counted last meets, if it was planned by number."""
        chosen = self.chosen(plan)
        if chosen is not None and chosen.planned.fault.when.attempts is not None:
            self._prove(chosen, f"bind {self._binds}")

    def prove_taken(self, plan: ServicePlan) -> None:
        """Say that the address is held, if that was planned by the clock."""
        chosen = self.chosen(plan)
        if self._door.state is DoorState.TAKEN and chosen is not None and chosen.planned.fault.when.attempts is None:
            self._prove(chosen, plan.addr)

    def failed(self, plan: ServicePlan, why: str) -> None:
        """The address was to be held against the program under test, which has it already."""
        chosen = self.chosen(plan)
        if chosen is not None:
            self._record.failed(chosen.planned, plan.addr, why, errno="EADDRINUSE")

    def _prove(self, chosen: Chosen[DoorVerdict], target: str) -> None:
        """Try to bind what we hold, as the program under test will."""
        name = self._door.try_to_take()
        if name == "EADDRINUSE":
            self._record.applied(chosen.planned, target, errno=name, holder=f"simnet (pid {os.getpid()})")
        else:
            self._record.failed(chosen.planned, target, "it could be bound beside us", errno=name)
