"""The plan: a pure function of scenario, seed and number."""

from __future__ import annotations

import dataclasses
import itertools
import math
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ClassVar, Literal, final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.checks.attempts import Attempts
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition
from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import Plan, ServicePlan, make_plan
from simnet.scenario.model import ClientSpec, Scenario, ServiceSpec
from simnet.services.contract import Service, Tls
from simnet.services.echo import Echo
from simnet.values import Chance, Numbers, Span
from simnet.verdicts.accept import Wait
from simnet.verdicts.door import Drop, LoseSyns, Refuse
from simnet.verdicts.reply import Cut, Delay, Ending


@final
class Asks(Service):
    """A protocol with requests, of which nothing but that matters here."""

    summary: ClassVar[str] = "a protocol with requests"
    default_port: ClassVar[int] = 8080
    scheme: ClassVar[str] = "http"
    has_requests: ClassVar[bool] = True

    speaks: Literal["asks"] = "asks"


def _fault(kind: str, when: dict[str, str | int] | None = None, **parameters: object) -> Fault:
    return KINDS[kind].model_validate({"fault": kind, **KINDS[kind].example, **parameters, "when": when or {}})


def _plan(
    *faults: Fault, seed: int = 7, speaks: Service | None = None, name: str = "api", tls: Tls | None = None
) -> ServicePlan:
    scenario = Scenario(seed=seed, services={name: ServiceSpec(speaks=speaks or Echo(), tls=tls, faults=faults)})
    return make_plan(scenario, DRY_LEASE).services[0]


def _answers(plan: ServicePlan, number: int, elapsed: float = 1.0) -> list[object]:
    """All that the plan says about one number, as values that can be compared (a generator by its state)."""
    chosen: list[Any] = [plan.door(number, elapsed), *plan.accept(number, elapsed), plan.handshake(number, elapsed)]
    chosen += [*plan.upload(number, elapsed), *plan.reply(number, None, elapsed), *plan.reply(1, number, elapsed)]
    chosen += [*plan.request(1, number, elapsed), *plan.rest(1, number, elapsed)]
    chosen += [*plan.query(None, number, elapsed), *plan.datagram(number, elapsed)]
    return [c and (c.planned.number, type(c.verdict), _state(c.verdict)) for c in chosen]


def _state(verdict: object) -> list[object]:
    assert dataclasses.is_dataclass(verdict)
    values = [getattr(verdict, field.name) for field in dataclasses.fields(verdict)]
    return [value.getstate() if isinstance(value, random.Random) else value for value in values]


numbers = st.sampled_from(["1", "2-3", "4-", "1,3,5-7", "9"])
chances = st.sampled_from(["10%", "50%", "99%"])
spans = st.sampled_from(["0s..1s", "1s..2s", "..3s", "2s.."])


@st.composite
def any_fault(draw: st.DrawFn) -> Fault:
    """A fault of any kind with any `when` that it honours."""
    kind = draw(st.sampled_from(sorted(KINDS)))
    texts = {Condition.DURING: spans, Condition.CHANCE: chances}
    asked = draw(st.sets(st.sampled_from(sorted(KINDS[kind].honours, key=lambda c: c.value)), max_size=2))
    return _fault(kind, {condition.value: draw(texts.get(condition, numbers)) for condition in asked})


plans = st.builds(
    lambda faults, seed, speaks: dataclasses.replace(_plan(speaks=speaks, seed=seed)).with_faults(tuple(faults), 1),
    st.lists(any_fault(), min_size=1, max_size=4),
    st.integers(),
    st.sampled_from([Echo(), Asks()]),
)
"""Any faults in any order: more than a scenario would let stand side by side."""


@given(plan=plans, asked=st.lists(st.integers(1, 12), min_size=1, max_size=12), elapsed=st.floats(0, 4))
@settings(deadline=None, max_examples=60)
def test_what_a_number_meets_does_not_depend_on_who_asked_before(
    plan: ServicePlan, asked: Sequence[int], elapsed: float
) -> None:
    """Asked in any order, again, or of an equal plan, a number gets the same answer."""
    first = {number: _answers(plan, number, elapsed) for number in sorted(asked)}
    twin = dataclasses.replace(plan)
    assert all(_answers(twin, number, elapsed) == first[number] for number in asked)
    assert all(_answers(plan, number, elapsed) == first[number] for number in reversed(asked))


def test_threads_get_the_same_answers() -> None:
    """Many threads that ask at once get what one gets."""
    plan = _plan(_fault("syn_loss", chance="50%"), _fault("latency", {"chance": "50%"}), speaks=Asks())
    alone = [_answers(plan, number) for number in range(1, 101)]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: _answers(plan, number), range(1, 101)))
    assert together == alone


def test_the_draw_is_the_same_on_every_machine() -> None:
    """What seed 7 draws is written down here: it must not change with the version of Python or of simnet."""
    plan = _plan(_fault("refuse", {"chance": "30%"}), seed=7)
    assert [n for n in range(1, 31) if plan.door(n, 0)] == [2, 3, 6, 10, 11, 16, 25, 29]


@pytest.mark.parametrize("percent", [1, 10, 50, 90])
@pytest.mark.parametrize("seed", [0, 1, 12345])
def test_chance_is_met_as_often_as_it_says(percent: int, seed: int) -> None:
    """Of 4,000 attempts the share that meets a fault is its chance, to within five standard deviations."""
    plan = _plan(_fault("refuse", {"chance": f"{percent}%"}), seed=seed)
    met = sum(plan.door(number, 0) is not None for number in range(1, 4001))
    p = percent / 100
    assert met == pytest.approx(4000 * p, abs=5 * math.sqrt(4000 * p * (1 - p)))


def test_certainty_and_impossibility() -> None:
    """A chance of 100 % always strikes and one of 0 % never."""
    always, never = (_plan(_fault("refuse", {"chance": chance})) for chance in ("100%", "0%"))
    assert all(always.door(number, 0) for number in range(1, 200))
    assert not any(never.door(number, 0) for number in range(1, 200))


def test_draws_are_independent() -> None:
    """Two services, two faults, two seeds and two numbers do not draw the same: about half of the coins differ."""
    coin = _fault("refuse", {"chance": "50%"})

    def draws(plan: ServicePlan) -> list[bool]:
        return [plan.door(number, 0) is not None for number in range(1, 401)]

    base = draws(_plan(coin))
    others = [_plan(coin, seed=8), _plan(coin, name="db"), _plan(coin).with_faults((coin,), 2)]
    for other in others:
        assert 140 < sum(a != b for a, b in zip(base, draws(other), strict=True)) < 260
    assert 140 < sum(a != b for a, b in itertools.pairwise(base)) < 260


@given(
    text=st.lists(st.tuples(st.integers(1, 9), st.integers(0, 4)), min_size=1, max_size=4),
    endless=st.booleans(),
    moment=st.sampled_from(["attempts", "connections", "requests"]),
)
@settings(deadline=None, max_examples=80)
def test_ranges_are_exact(text: list[tuple[int, int]], moment: str, *, endless: bool) -> None:
    """Exactly the numbers that `when` names meet the fault, for attempts, connections and requests alike."""
    wanted, ranges, at = set[int](), [], 0
    for gap, more in text:
        first, last = at + gap, at + gap + more
        ranges.append(f"{first}-{last}")
        wanted |= set(range(first, last + 1))
        at = last
    if endless:
        ranges.append(f"{at + 1}-")
        wanted |= set(range(at + 1, 101))
    when: dict[str, str | int] = {moment: ",".join(ranges)}
    kind = {"attempts": "refuse", "connections": "reset_at_accept", "requests": "reset"}[moment]
    plan = _plan(_fault(kind, when), speaks=Asks())

    def meets(number: int) -> bool:
        match moment:
            case "attempts":
                return plan.door(number, 0) is not None
            case "connections":
                return bool(plan.accept(number, 0))
            case _:
                return bool(plan.reply(1, number, 0))

    assert {number for number in range(1, 101) if meets(number)} == wanted


@given(start=st.integers(0, 10**7), length=st.integers(1, 10**7), micros=st.integers(0, 3 * 10**7))
@settings(deadline=None)
def test_during_holds_from_its_start_to_just_before_its_end(start: int, length: int, micros: int) -> None:
    """A fault strikes at its start and no more at its end, and both are edges at which the door is looked at again."""
    plan = _plan(_fault("refuse", {"during": f"{start}us..{start + length}us"}))
    assert (plan.door(1, micros / 1e6) is not None) == (start <= micros < start + length)
    assert plan.edges() == tuple(t / 1e6 for t in (start, start + length) if t)


@given(st.lists(spans, min_size=1, max_size=4))
@settings(deadline=None, max_examples=40)
def test_between_edges_nothing_changes(during: list[str]) -> None:
    """The edges are ascending and finite, and between two of them an attempt meets the same, whenever it comes."""
    plan = _plan().with_faults(tuple(_fault("refuse", {"during": text}) for text in during), 1)
    edges = plan.edges()
    assert list(edges) == sorted(set(edges))
    assert all(0 < edge < math.inf for edge in edges)
    for first, last in zip((0.0, *edges), (*edges, 1000.0), strict=True):
        moments = [first + (last - first) * share for share in (0, 0.25, 0.999)]
        assert len({plan.door(1, moment) is None for moment in moments}) == 1


def test_all_that_is_said_must_hold() -> None:
    """A fault with numbers and a time meets only those numbers, and only in that time."""
    plan = _plan(_fault("refuse", {"attempts": "2-3", "during": "5s..8s"}))
    met = {(n, t) for n in range(1, 6) for t in (0.0, 5.0, 7.9, 8.0) if plan.door(n, t)}
    assert met == {(2, 5.0), (2, 7.9), (3, 5.0), (3, 7.9)}


def test_at_the_door_the_first_fault_in_the_file_wins() -> None:
    """Of several faults at the door an attempt meets the first that applies; the next attempt may meet another."""
    plan = _plan(_fault("refuse", {"attempts": "1-2"}), _fault("drop_syn", {"attempts": "2-3"}))
    met = [plan.door(number, 0) for number in range(1, 5)]
    assert [chosen and (chosen.planned.number, chosen.verdict) for chosen in met] == [
        (1, Refuse()), (1, Refuse()), (2, Drop()), None,
    ]  # fmt: skip


def test_a_fault_that_loses_nothing_this_time_leaves_the_door_to_the_next() -> None:
    """An attempt of which by chance no SYN is lost meets the next fault in the file."""
    plan = _plan(_fault("syn_loss", chance="50%"), _fault("refuse"))
    met = [plan.door(number, 0) for number in range(1, 201)]
    kinds = {type(chosen.verdict) for chosen in met if chosen}
    assert kinds == {LoseSyns, Refuse}
    assert all(met)


def test_at_accept_and_at_the_reply_all_faults_strike() -> None:
    """Faults at accept and at the reply add up, in the order of the file."""
    plan = _plan(
        _fault("slow_accept", delay="1s"),
        _fault("latency", delay="200ms"),
        _fault("reset_at_accept", {"connections": 2}),
        _fault("truncate", after="5 B"),
    )
    assert [chosen.planned.number for chosen in plan.accept(1, 0)] == [1]
    assert [chosen.planned.number for chosen in plan.accept(2, 0)] == [1, 3]
    assert plan.accept(1, 0)[0].verdict == Wait(1.0)
    late, cut = plan.reply(1, None, 0)
    assert isinstance(late.verdict, Delay)
    assert cut.verdict == Cut(5, Ending.FIN)


@pytest.mark.parametrize(
    ("kind", "when", "per_request"),
    [
        ("reset", {}, True),
        ("reset", {"requests": 2}, True),
        ("reset", {"connections": 1, "requests": 2}, True),
        ("reset", {"connections": 1}, False),
        ("reset", {"chance": "100%"}, True),
        ("packet_loss", {}, False),
        ("black_hole", {}, False),
    ],
)
def test_what_a_fault_of_the_reply_belongs_to(kind: str, when: dict[str, str | int], *, per_request: bool) -> None:
    """With requests, a fault of the reply strikes each, unless it names connections only or changes the connection."""
    plan = _plan(_fault(kind, when), speaks=Asks())
    assert bool(plan.reply(1, 2, 0)) == per_request
    assert bool(plan.reply(1, None, 0)) == (not per_request)
    without = _plan(_fault(kind, {k: v for k, v in when.items() if k != "requests"}))
    assert without.reply(1, None, 0), "a protocol without requests has one reply a connection"
    assert not without.reply(1, 2, 0)


def test_a_request_on_another_connection_is_not_met() -> None:
    """A fault with connections and requests meets the request only if it comes on such a connection."""
    plan = _plan(_fault("reset", {"connections": 3, "requests": "5-6"}), speaks=Asks())
    met = {(c, r) for c in range(1, 5) for r in range(1, 9) if plan.reply(c, r, 0)}
    assert met == {(3, 5), (3, 6)}


@given(attempts=numbers, during=st.none() | spans, at=st.integers(1, 12), elapsed=st.sampled_from([0.0, 1.5, 2.5, 9.0]))
@settings(deadline=None, max_examples=120)
def test_syns_are_held_as_long_as_some_attempt_may_yet_need_it(
    attempts: str, during: str | None, at: int, elapsed: float
) -> None:
    """The door must drop SYNs if this attempt or a later one meets a fault that holds them, by the time it is now."""
    when: dict[str, str | int] = {"attempts": attempts, **({"during": during} if during else {})}
    now = during is None or Span.parse(during).covers(elapsed)
    later = any(number in Numbers.parse(attempts) for number in range(at, at + 20))
    for kind in ("drop_syn", "slow_handshake", "syn_loss"):
        assert _plan(_fault(kind, when)).holds_syns_later(at, elapsed) == (now and later)
    assert not _plan(_fault("refuse", when)).holds_syns_later(at, elapsed)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_each_kind_is_asked_at_its_moment_and_no_other(kind: str) -> None:
    """A fault without `when` meets the first of what it is for, and the plain door of the others stays plain."""
    asks = not Echo.meets(KINDS[kind].moment())
    plan = _plan(speaks=Asks() if asks else None).with_faults((_fault(kind),), 1)
    met: dict[str, object] = {"door": plan.door(1, 0), "accept": plan.accept(1, 0), "tls": plan.handshake(1, 0)}
    met |= {"upload": plan.upload(1, 0), "reply": plan.reply(1, 1 if asks else None, 0)}
    met |= {"request": plan.request(1, 1, 0), "rest": plan.rest(1, 1, 0)}
    met |= {"query": plan.query(None, 1, 0), "datagram": plan.datagram(1, 0)}
    (moment,) = [name for name, chosen in met.items() if chosen]
    stage = KINDS[kind].stage.name
    moments = {"LOCAL": {"door"}, "CONNECT": {"door"}, "ACCEPT": {"door", "accept"}}
    moments |= {"REQUEST": {"request", "upload"}, "REPLY": {"reply", "request"}, "BETWEEN": {"rest", "reply"}}
    moments |= {"TLS": {"tls"}, "NAME": {"query"}, "DATAGRAM": {"datagram"}}
    assert moment in moments[stage]
    assert plan.door_is_plain() == (moment != "door")
    assert plan.takes_all_alike == (moment not in {"door", "accept"})
    assert plan.squats == (kind == "port_taken")


@given(faults=st.lists(any_fault(), max_size=4), first=st.integers(1, 50))
@settings(deadline=None, max_examples=40)
def test_faults_switched_live_are_numbered_on(faults: list[Fault], first: int) -> None:
    """Other faults take the place of all before, numbered from the given number on; all else stays."""
    plan = _plan(_fault("refuse"))
    other = plan.with_faults(tuple(faults), first)
    assert [planned.fault for planned in other.faults] == faults
    assert [planned.number for planned in other.faults] == list(range(first, first + len(faults)))
    assert other.with_faults((_fault("refuse"),), 1) == plan


def test_a_plan_carries_all_that_the_world_needs() -> None:
    """Title, seed, client's limit and checks come over from the scenario, and services keep their order."""
    scenario = Scenario(
        title="t",
        seed=3,
        services={"b": ServiceSpec(speaks=Asks()), "a": ServiceSpec()},
        client=ClientSpec(open_files=24),
        expect=(Attempts(at_most=5),),
    )
    plan = make_plan(scenario, DRY_LEASE)
    assert (plan.title, plan.seed, plan.open_files, plan.checks) == ("t", 3, 24, (Attempts(at_most=5),))
    assert [service.name for service in plan.services] == ["b", "a"]
    assert [service.url for service in plan.services] == ["http://127.128.0.1:8080", "tcp://127.128.0.2:7007"]
    assert make_plan(scenario, DRY_LEASE) == plan


@pytest.mark.parametrize(
    ("written", "given_seed", "used"), [(None, None, 0), (3, None, 3), (3, 5, 5), (3, 0, 0), (None, 5, 5)]
)
def test_the_seed(written: int | None, given_seed: int | None, used: int) -> None:
    """The seed given to the run comes first, 0 included, then that of the file, then 0."""
    plan: Plan = make_plan(Scenario(seed=written, services={"a": ServiceSpec()}), DRY_LEASE, given_seed)
    assert plan.seed == used == plan.services[0].seed


def test_addresses_of_ipv6_are_written_with_brackets() -> None:
    """`addr` and `url` can be used as they are, also on ::1 (RFC 3986)."""
    plan = dataclasses.replace(_plan(), address="::1", port=9)
    assert (plan.six, plan.addr, plan.url, plan.endpoint) == (True, "[::1]:9", "tcp://[::1]:9", ("::1", 9))


def test_what_is_promised() -> None:
    """A fault promises exactness unless it depends on which attempt it is and refusals hide the attempts."""

    def promises(*faults: Fault) -> list[str]:
        plan = _plan(*faults)
        return [plan.promise(planned).split(";")[0] for planned in plan.faults]

    numbered = _fault("refuse", {"attempts": "1-2"})
    assert promises(_fault("refuse"), _fault("refuse", {"during": "1s.."}), _fault("reset")) == ["exact"] * 3
    assert promises(numbered) == ["exact for clients in this process and under `simnet run`"]
    assert promises(_fault("drop_syn", {"attempts": 3})) == [
        "exact for every client: each SYN is held until it is numbered"
    ]
    assert (
        promises(numbered, _fault("drop_syn", {"attempts": 3}))
        == ["exact for clients in this process and under `simnet run`"] * 2
    )


def test_a_chance_of_the_fault_itself_is_drawn_apart_from_when() -> None:
    """`when: chance` decides whether, the fault's own chance how much: the two are independent draws."""
    fault = _fault("syn_loss", {"chance": "50%"}, chance="50%")
    assert fault.when.chance == Chance.parse("50%")
    plan = _plan(fault)
    lost = [chosen.verdict for number in range(1, 801) if (chosen := plan.door(number, 0))]
    assert 140 < len(lost) < 260, "half of them meet it, and of those half lose nothing"
    assert {verdict.count for verdict in lost if isinstance(verdict, LoseSyns)} >= {1, 2, 3}
