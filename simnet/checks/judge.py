"""All the checks of a scenario, and the proof, on one trace.

Law: the proof is judged whether or not anything is expected: a run in which a fault did not strike as planned says
nothing about the client, so it has not held.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from simnet.checks.contract import Check, Difference
from simnet.trace.events import Failed, NotReached, Outside
from simnet.trace.journal import Trace
from simnet.trace.wording import endpoint, plural

__all__ = ["ISOLATION", "PROOF", "judge"]

PROOF = "proof"
"""The check name of differences between what was planned and what the kernel says happened."""


ISOLATION = "isolation"
"""The check name of differences of an isolated program that tried to reach the world outside."""


def judge(checks: Iterable[Check], trace: Trace) -> tuple[Difference, ...]:
    """Everything that is not as expected; empty if all held. First the checks in their order, then the proof, then who dialled outside."""
    expected = tuple(difference for check in checks for difference in check.differences(trace))
    return expected + tuple(_proof(trace)) + tuple(_isolation(trace))


def _isolation(trace: Trace) -> Iterator[Difference]:
    dialled = Counter((event.address, event.port, event.transport) for event in trace.of(Outside))
    for (address, port, transport), count in dialled.items():
        times = "" if count == 1 else f", {plural(count, 'time')}"
        message = f"the program dialled {endpoint(address, port)} ({transport}{times}), which is outside: it would leave the machine"
        yield Difference(ISOLATION, "", message)


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
