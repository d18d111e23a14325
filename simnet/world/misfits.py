"""Faults that are set live where they can never strike: refused, as the loader refuses them in a file.

Law: what the file format refuses is refused here as well, before anything is switched; a fault that did nothing would be
taken for one that was survived.
"""

from __future__ import annotations

from collections.abc import Iterable

from simnet.errors import Problem, ScenarioError
from simnet.faults.contract import Condition, Direction, Fault, Stage
from simnet.plan.plan import ServicePlan

__all__ = ["refuse_misfits"]

OF_WHO_SPEAKS = {Stage.TLS, Stage.REQUEST, Stage.BETWEEN}
"""The stages of a conversation; a proxy has none of its own."""


def refuse_misfits(plan: ServicePlan, faults: Iterable[Fault]) -> None:
    """Raises `ScenarioError` for the first fault that can never strike the service."""
    for fault in faults:
        if found := _misfit(plan, fault):
            why, cure = found
            raise ScenarioError([Problem(plan.name, 0, 0, why, cure)])


def _misfit(plan: ServicePlan, fault: Fault) -> tuple[str, str] | None:
    """Why it can never strike, and the cure."""
    speaks = plan.speaks
    if not speaks.meets(fault.moment()):
        why = f"`{fault.kind}` can never strike `{plan.name}`, which speaks {speaks.speaks}"
        return why, "`simnet faults` tells what each kind strikes"
    if speaks.passes_on and fault.stage in OF_WHO_SPEAKS:
        why = f"`{plan.name}` passes on what its upstream says, and `{fault.kind}` is for who speaks itself"
        return why, "a proxy has the faults of connect, accept and reply"
    if fault.asks_for_tls() and plan.tls is None:
        why = f"`{fault.kind}` strikes in the TLS handshake, and `{plan.name}` does not speak TLS"
        return why, "give the service `tls: true` in its scenario"
    if fault.towards is Direction.TO_UPSTREAM and plan.upstream is None:
        why = f"`{plan.name}` speaks {speaks.speaks} and has no upstream that `{fault.kind}` could strike"
        return why, "leave `direction` out, or let it speak `proxy`"
    if Condition.REQUESTS in fault.when.asked and not speaks.tells_requests:
        return f"`{plan.name}` speaks {speaks.speaks}, which has no requests", "time the fault by `connections`"
    return None
