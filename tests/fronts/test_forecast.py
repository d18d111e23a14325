"""What `explain` foretells is what the plan answers, number by number."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.api import fault
from simnet.faults import Fault
from simnet.fronts.forecast import Outlook, forecast
from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import ServicePlan, make_plan
from simnet.scenario import Scenario, ServiceSpec
from simnet.services import PROTOCOLS

NUMBERS = st.sampled_from(["1", "2-4", "3-", "1,5-6", "12"])
SPANS = st.sampled_from(["..2s", "1s..3s", "2s.."])


@st.composite
def faults(draw: st.DrawFn) -> Fault:
    """A fault that strikes at the door, at accept or in the reply, at any of its times."""
    kind, unit = draw(st.sampled_from([
        ("refuse", "attempts"), ("drop_syn", "attempts"), ("syn_loss", "attempts"),
        ("reset_at_accept", "connections"), ("stall", "connections"), ("stall", "requests"),
        ("status", "requests"), ("close_at_reuse", "requests"),
    ]))  # fmt: skip
    timing = st.fixed_dictionaries(
        {}, optional={unit: NUMBERS, "during": SPANS, "chance": st.sampled_from(["30%", "100%"])}
    )
    return fault(kind, when=draw(timing))


def planned(speaks: str, *fault: Fault) -> ServicePlan:
    """The plan of one service."""
    spec = ServiceSpec(speaks=PROTOCOLS[speaks](speaks=speaks), faults=fault)
    return make_plan(Scenario(services={"api": spec}), DRY_LEASE, 7).services[0]


def told(outlook: Outlook, number: int) -> list[tuple[int, str]]:
    """What is foretold for that number, on any connection: the faults by number and kind."""
    stretch = next(s for s in outlook.stretches if s.first <= number and (s.last is None or number <= s.last))
    return [(meeting.fault, meeting.kind) for meeting in stretch.meets if not meeting.only]


def planned_for(plan: ServicePlan, unit: str, number: int, elapsed: float) -> list[tuple[int, str]]:
    """What the plan answers for that number."""
    match unit:
        case "attempt":
            door = plan.door(number, elapsed)
            met = [] if door is None else [door.planned]
        case "connection":
            accept = [chosen.planned for chosen in plan.accept(number, elapsed)]
            met = accept + [chosen.planned for chosen in plan.reply(number, None, elapsed)]
        case _:
            met = [chosen.planned for chosen in plan.request(1, number, elapsed)]
            met += [chosen.planned for chosen in plan.reply(1, number, elapsed)]
            met += [chosen.planned for chosen in plan.rest(1, number, elapsed)]
            met.sort(key=lambda planned: planned.number)
    return [(one.number, one.fault.kind) for one in met]


@settings(deadline=None, max_examples=60)
@given(st.lists(faults(), max_size=3), st.sampled_from(["echo", "http"]))
def test_it_says_what_the_plan_says(made: list[Fault], speaks: str) -> None:
    """For each attempt, connection and request at each time, the faults that are foretold are those of the plan."""
    has_requests = PROTOCOLS[speaks].has_requests
    plan = planned(
        speaks,
        *(one for one in made if PROTOCOLS[speaks].meets(one.moment()) and (has_requests or one.when.requests is None)),
    )
    for outlook in forecast(plan, 8):
        for elapsed in (outlook.since, outlook.since + 0.5):
            for number in range(1, 20 if outlook.stretches[-1].last is None else 9):
                assert told(outlook, number) == planned_for(plan, outlook.unit, number, elapsed)


@settings(deadline=None, max_examples=60)
@given(st.lists(faults(), max_size=3))
def test_stretches_leave_nothing_out(made: list[Fault]) -> None:
    """Stretches follow each other from 1 on, neighbours differ, and times follow each other from 0 to the end."""
    outlooks = forecast(planned("http", *made), 8)
    for unit in ("attempt", "connection", "request"):
        own = [outlook for outlook in outlooks if outlook.unit == unit]
        assert [o.since for o in own] == [0.0, *(o.until for o in own[:-1])]
        assert own[-1].until is None
        for outlook in own:
            for before, after in zip(outlook.stretches, outlook.stretches[1:], strict=False):
                assert after.first == (before.last or 0) + 1
                assert after.meets != before.meets
            assert outlook.stretches[0].first == 1


def test_a_range_far_off_is_foretold() -> None:
    """However few are asked for, it looks on until nothing changes any more."""
    attempts = forecast(planned("echo", fault("refuse", when={"attempts": "900-901"})), 3)[0]
    assert [(s.first, s.last) for s in attempts.stretches] == [(1, 899), (900, 901), (902, None)]
