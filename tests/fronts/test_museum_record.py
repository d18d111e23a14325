"""When a version has done as told: what says nothing about the client is proof of nothing, however bad it looks."""

from __future__ import annotations

from typing import Final

import pytest

from simnet.checks.contract import Difference
from simnet.fronts.museum.record import Side, departure
from simnet.scenario import load_text
from simnet.trace.events import ClientEnded
from simnet.trace.journal import Trace

SCENARIO: Final = load_text("""
simnet: 1
run: client
services: {api: {}}
expect: [connections: {at_least: 2}]
bug:
  of: a client
  found: so
  look_at: the end
  bad: {program: sh}
  good: {program: sh, label: other}
""")


def trace(status: int = 0, *, stopped: bool = False) -> Trace:
    """A run of which nothing is known but its end."""
    return Trace("", 0, (ClientEnded(t=60.0, status=status, seconds=60.0, stopped=stopped),))


@pytest.mark.parametrize("side", ["bad", "good"])
@pytest.mark.parametrize(
    "difference",
    [
        Difference("proof", "api", "fault 1 (reset) was never reached"),
        Difference("isolation", "", "the program dialled elsewhere"),
        Difference("backoff", "api", "there were 2 pauses, and 3 are needed", undecided=True),
    ],
)
def test_what_says_nothing_about_the_client(side: Side, difference: Difference) -> None:
    """A fault that did not strike, a way out of the machine, a sample too small: neither version is as told."""
    real = Difference("connections", "api", "there was 1 connection")
    assert departure(side, SCENARIO, trace(), [real, difference], "") == str(difference)


def test_an_end_of_which_nothing_is_expected() -> None:
    """A client that we had to end, or that failed, is as told only if `finishes` speaks of it."""
    assert "did not end within 60 s" in departure("bad", SCENARIO, trace(-9, stopped=True), [], "")
    assert "ended with status 1" in departure("good", SCENARIO, trace(1), [], "")


def test_a_client_that_never_came() -> None:
    """It has met neither the service nor the bug."""
    assert "never came" in departure("bad", SCENARIO, trace(), [Difference("connections", "", "there were 0")], "")
