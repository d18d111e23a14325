"""A trace that is not over yet, as if the network went down now.

Law: pure, and nothing is claimed that would not be recorded at the end: each fault that was planned and has neither struck
nor failed is not reached. So a test can be judged while its network is still up for the fixtures that use it.
"""

from __future__ import annotations

from simnet.trace.events import Applied, Failed, NotReached, Planned, WorldDown
from simnet.trace.journal import Trace

__all__ = ["as_if_over"]


def as_if_over(trace: Trace) -> Trace:
    """`trace` with its end; itself if it has one."""
    if trace.of(WorldDown):
        return trace
    now = max((event.t for event in trace.events), default=0.0)
    told = {(e.service, e.fault) for e in trace.events if isinstance(e, Applied | Failed | NotReached)}
    never = [
        NotReached(t=now, service=plan.service, fault=plan.fault, kind=plan.kind, required=plan.required)
        for plan in trace.of(Planned)
        if (plan.service, plan.fault) not in told
    ]
    return Trace(trace.title, trace.seed, (*trace.events, *never, WorldDown(t=now)))
