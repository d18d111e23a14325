"""All the checks of a scenario, and the proof, on one trace.

Law: the proof is judged whether or not anything is expected: a run in which a fault did not strike as planned says
nothing about the client, so it has not held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simnet.checks.contract import Check, Difference
from simnet.trace.events import Failed, NotReached
from simnet.trace.journal import Trace

__all__ = ["PROOF", "judge"]

PROOF = "proof"
"""The check name of differences between what was planned and what the kernel says happened."""


def judge(checks: Iterable[Check], trace: Trace) -> tuple[Difference, ...]:
    """Everything that is not as expected; empty if all held. First the checks in their order, then the proof."""
    expected = tuple(difference for check in checks for difference in check.differences(trace))
    return expected + tuple(_proof(trace))


def _proof(trace: Trace) -> Iterator[Difference]:
    for event in trace.events:
        match event:
            case Failed():
                message = f"fault {event.fault} ({event.kind}) did not strike {event.target}: {event.why}"
            case NotReached(required=True):
                message = f"fault {event.fault} ({event.kind}) was never reached: nothing came that its `when` names"
            case _:
                continue
        yield Difference(PROOF, event.service, message)
