"""A schedule is an ordinary scenario, counts as the kernel will, and shrinks to few, early, mild faults."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

import simnet
from simnet.strategies import MILD, scenarios, schedules
from simnet.strategies.schedules import timed

QUIET = settings(database=None, deadline=None, max_examples=3000)  # `find` ends at the first that fits


@settings(max_examples=60)
@given(scenario=schedules(max_connections=5))
def test_a_schedule_is_a_file(scenario: simnet.Scenario) -> None:
    """What is printed loads to the same."""
    assert simnet.load_text(simnet.dump(scenario)) == scenario
    (spec,) = scenario.services.values()
    assert len(spec.faults) <= 5
    assert {fault.kind for fault in spec.faults} <= set(MILD)


@settings(max_examples=30)
@given(scenario=scenarios(services={"api": {"speaks": "echo"}, "db": None}, faults=["refuse", "reset"]))
def test_several_services_have_a_schedule_each(scenario: simnet.Scenario) -> None:
    """Each is what was said of it."""
    assert {name: spec.speaks.speaks for name, spec in scenario.services.items()} == {"api": "echo", "db": "http"}
    assert simnet.load_text(simnet.dump(scenario)) == scenario


def test_numbers_are_those_of_the_kernel() -> None:
    """A refused attempt is no connection, so the connections after it have a number less."""
    made = timed([simnet.fault("refuse"), simnet.fault("reset"), None, simnet.fault("drop_syn"), simnet.fault("stall")])
    assert [str(fault.when) for fault in made] == ["attempts 1", "connections 1", "attempts 4", "connections 3"]


@pytest.mark.parametrize(
    ("wanted", "title"),
    [
        ({"stall"}, "connection 1: stall after 0 B"),
        ({"refuse", "truncate"}, None),
        ({"drop_syn"}, "attempt 1: drop syn"),
    ],
)
def test_what_does_not_matter_is_shrunk_away(wanted: set[str], title: str | None) -> None:
    """Only the faults that are needed stay, with their plainest parameters, in the first places."""

    def has_them(scenario: simnet.Scenario) -> bool:
        return wanted <= {fault.kind for fault in scenario.services["api"].faults}

    smallest = find(schedules(max_connections=2), has_them, settings=QUIET)
    assert len(smallest.services["api"].faults) == len(wanted)
    assert title in {None, smallest.title}


def test_a_kind_gives_way_to_a_plainer_one() -> None:
    """Any one fault will do: it is the mildest of those with no parameters, as a rule.

    (Hypothesis ends a search that has not got on for a while: one in fifteen stays at another mild kind.)
    """
    found = [
        find(schedules(max_connections=2), lambda s: bool(s.services["api"].faults), settings=QUIET, random=Random(seed))
        for seed in range(7)
    ]
    assert sum(smallest.title == "attempt 1: refuse" for smallest in found) >= 4
    assert all(len(smallest.services["api"].faults) == 1 for smallest in found)


def test_a_strategy_of_faults_can_be_a_choice() -> None:
    """Beside names, one's own."""
    own = st.just(simnet.fault("latency", delay="3s"))
    found = find(schedules(faults=["refuse", own], max_connections=3), lambda s: "latency" in s.title, settings=QUIET)
    assert found.title == "connection 1: latency delay 3s"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"max_connections": 0}, "max_connections=0: write a whole number from 1"),
        ({"faults": "refuse"}, "write a list of them"),
        ({"faults": ["refuze"]}, "did you mean `refuse`"),
        ({"faults": [7]}, "7 is neither the name of a kind nor a strategy"),
        ({"faults": ["fd_exhausted"]}, "`fd_exhausted` cannot be timed by attempt or connection, it can by during"),
        ({"faults": ["tls_expired"]}, "at least one fault that can strike what speaks http"),
        ({"service": "a b"}, "a b"),
        ({"spec": {"speaks": "htp"}}, "did you mean `http`"),
        ({"spec": {"faults": [{"fault": "refuse"}]}}, "has faults already"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(arguments: dict[str, object], said: str) -> None:
    """When the strategy is made; the message names the parameter and the cure."""
    with pytest.raises(InvalidArgument, match=said):
        schedules(**arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("services", [[], {}, "api"])
def test_scenarios_need_services(services: object) -> None:
    """A list of names, or a mapping."""
    with pytest.raises(InvalidArgument, match="write a list of names"):
        scenarios(services=services)  # type: ignore[arg-type]
