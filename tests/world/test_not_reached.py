"""A fault that never strikes is reported, and fails the run unless it may stay away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.checks.judge import judge
from simnet.faults import KINDS
from simnet.services import protocol_for
from simnet.trace.events import Applied, Failed, NotReached

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet

NEVER = {"port_taken": {"during": "23h.."}}
"""Nothing has to come for `port_taken` to strike but its time."""


def fault(kind: str, **parameters: object) -> simnet.Fault:
    """The demonstration of that kind, at a time that never comes in this run."""
    return simnet.fault(kind, **{**KINDS[kind].example, "when": NEVER.get(kind, {}), **parameters})


@pytest.mark.parametrize("kind", KINDS)
def test_a_required_fault_that_never_struck_fails_the_run(one_service: MakeNet, kind: str) -> None:
    """Nobody came: the trace says `not_reached` and the judge names the fault."""
    with one_service(fault(kind), speaks=protocol_for(KINDS[kind].moment())) as net:
        pass
    assert [event.kind for event in net.trace.of(NotReached)] == [kind]
    assert not net.trace.of(Applied)
    assert not net.trace.of(Failed)
    (difference,) = judge((), net.trace)
    assert kind in difference.message
    with pytest.raises(simnet.ExpectationError, match=kind):
        simnet.verify(net)


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_that_is_not_required_may_stay_away(one_service: MakeNet, kind: str) -> None:
    """With `required: false` the trace says `not_reached` and the run holds."""
    with one_service(fault(kind, required=False), speaks=protocol_for(KINDS[kind].moment())) as net:
        pass
    assert [event.kind for event in net.trace.of(NotReached)] == [kind]
    simnet.verify(net)


def test_a_fault_for_a_later_attempt_is_not_reached_by_an_earlier_one(one_service: MakeNet, client: type[Client]) -> None:
    """A fault planned for attempt 3 is not reached by a run of two attempts."""
    with one_service(simnet.refuse(when={"attempts": 3})) as net:
        for _ in range(2):
            assert client().meet(net["api"]).received == b"hello, world\n"
    assert [event.kind for event in net.trace.of(NotReached)] == ["refuse"]


def test_a_fault_left_to_chance_is_not_required(one_service: MakeNet, client: type[Client]) -> None:
    """A fault with `chance` that the seed never drew does not fail the run."""
    with one_service(simnet.refuse(when={"chance": "0%"})) as net:
        assert client().meet(net["api"]).received == b"hello, world\n"
    simnet.verify(net)
