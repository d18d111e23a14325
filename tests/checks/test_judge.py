"""The judge, and the list of checks."""

from __future__ import annotations

import pathlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet.checks
from simnet.checks import CHECKS
from simnet.checks.attempts import Attempts
from simnet.checks.connections import Connections
from simnet.checks.judge import PROOF, judge
from simnet.trace.events import Applied, Event, Failed, NotReached, WorldDown
from simnet.trace.journal import Trace


def test_the_folder_is_the_list() -> None:
    """Every file of the folder but the contract, the judge and what checks share is a check under its own name, with a summary."""
    folder = pathlib.Path(simnet.checks.__file__).parent
    stems = {path.stem for path in folder.glob("*.py")} - {
        "__init__",
        "contract",
        "judge",
        "per_call",
        "per_link",
        "sampled",
    }
    assert set(CHECKS) == stems == {check.name for check in CHECKS.values()}
    assert all(check.summary and check.__doc__ for check in CHECKS.values())


def test_the_list_is_frozen() -> None:
    """Nobody can add a check but by adding a file."""
    with pytest.raises(TypeError):
        CHECKS["more"] = Attempts  # type: ignore[index]


HOLD_OF_NOTHING = {
    "amplification", "concurrency", "connect_rate", "dead_connection_not_reused", "deadline",
    "identical_replay", "no_duplicate_effects", "no_leaks", "no_retry_of_definitive_errors",
    "retries_stop_after_success", "retry_budget",
}  # fmt: skip
"""The claims that nothing was done too often, too long or wrongly; all others need a sample, and do not hold without."""


@pytest.mark.parametrize("name", sorted(set(CHECKS) - {"attempts", "connections", "requests"}))
def test_of_nothing_only_a_prohibition_holds(name: str) -> None:
    """On a trace in which nothing happened, a claim about how something was done is undecided or wrong."""
    check = CHECKS[name].model_validate(CHECKS[name].example)
    assert (judge((check,), Trace("t", 0, ())) == ()) is (name in HOLD_OF_NOTHING)


events = st.lists(
    st.one_of(
        st.builds(Applied, t=st.just(0.0), fault=st.integers(1, 3), kind=st.just("reset"), target=st.just("request 1")),
        st.builds(
            Failed,
            t=st.just(0.0),
            fault=st.integers(1, 3),
            kind=st.just("refuse"),
            target=st.just("attempt 1"),
            why=st.just("it got in"),
        ),
        st.builds(NotReached, t=st.just(0.0), fault=st.integers(1, 3), kind=st.just("stall"), required=st.booleans()),
        st.just(WorldDown(t=1.0)),
    ),
    max_size=8,
)


@given(events)
@settings(deadline=None)
def test_the_proof_is_judged_though_nothing_is_expected(happened: list[Event]) -> None:
    """Each fault that failed and each required one that was not reached is one difference, in order; nothing else is."""
    found = judge((), Trace("t", 0, tuple(happened)))
    bad = [e for e in happened if isinstance(e, Failed) or (isinstance(e, NotReached) and e.required)]
    assert [difference.check for difference in found] == [PROOF] * len(bad)
    for difference, event in zip(found, bad, strict=True):
        assert isinstance(event, Failed | NotReached)
        assert f"fault {event.fault} ({event.kind})" in difference.message


def test_checks_come_first_and_in_their_order() -> None:
    """The differences stand in the order of the checks, then the proof, each with its service."""
    trace = Trace("t", 0, (NotReached(t=1, service="api", fault=2, kind="stall", required=True),))
    found = judge((Connections(service="api", exactly=1), Attempts(at_least=1)), trace)
    assert [str(difference) for difference in found] == [
        "connections of api: there were 0 connections, expected exactly 1",
        "attempts: there were 0 attempts, expected at least 1",
        "proof of api: fault 2 (stall) was never reached: nothing came that its `when` names",
    ]


def test_nothing_to_say_when_all_held() -> None:
    """A run in which everything held has no differences."""
    assert judge((Attempts(at_most=0),), Trace("t", 0, (WorldDown(t=1),))) == ()
