"""A trace that goes on, judged as if it were over."""

from __future__ import annotations

import pytest

from simnet.checks.judge import judge
from simnet.trace.events import Applied, Attempt, Event, Failed, NotReached, Planned, WorldDown
from simnet.trace.journal import Trace
from simnet.trace.outlook import as_if_over

PLANNED = Planned(t=0, service="api", fault=1, kind="refuse", when="always", required=True, promise="exact")


@pytest.mark.parametrize(
    ("event", "differences"),
    [
        (Attempt(t=1, service="api", number=1, client="", counted="by audit", door="open"), 1),
        (Applied(t=1, service="api", fault=1, kind="refuse", target="attempt 1"), 0),
        (Applied(t=1, service="db", fault=1, kind="refuse", target="attempt 1"), 1),
        (Failed(t=1, service="api", fault=1, kind="refuse", target="attempt 1", why="why not"), 1),
        (NotReached(t=1, service="api", fault=1, kind="refuse", required=True), 1),
    ],
)
def test_it_is_judged_as_it_would_be(event: Event, differences: int) -> None:
    """A required fault that neither struck nor failed is not reached, once, at the last moment that is known."""
    over = as_if_over(Trace("t", 1, (PLANNED, event)))
    assert len(judge((), over)) == differences
    assert over.events[-1] == WorldDown(t=1)
    assert as_if_over(over) is over
