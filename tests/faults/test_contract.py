"""What holds for every kind of fault: the contract, put to each leaf."""

from __future__ import annotations

import dataclasses
import inspect
import json
from random import Random
from typing import Any, Final, get_args

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition, Direction, Lever, Stage, When
from simnet.services import PROTOCOLS, protocol_for
from simnet.values import Chance, Duration, Numbers, Span
from simnet.verdicts.accept import AcceptVerdict
from simnet.verdicts.datagram import DatagramVerdict
from simnet.verdicts.door import DoorVerdict
from simnet.verdicts.query import QueryVerdict, Question
from simnet.verdicts.reply import ReplyVerdict
from simnet.verdicts.request import RequestVerdict
from simnet.verdicts.rest import RestVerdict
from simnet.verdicts.tls import TlsVerdict
from simnet.verdicts.upload import UploadVerdict
from simnet.world import isolation, own_files

MOMENTS: Final = {
    "at_door": DoorVerdict,
    "at_accept": AcceptVerdict,
    "at_reply": ReplyVerdict,
    "at_request": RequestVerdict,
    "at_rest": RestVerdict,
    "at_tls": TlsVerdict,
    "at_upload": UploadVerdict,
    "at_query": QueryVerdict,
    "at_datagram": DatagramVerdict,
}
"""The moments, and what may be answered at each."""

UNIT_OF_MOMENT: Final = {
    "at_door": {Condition.ATTEMPTS},
    "at_accept": {Condition.CONNECTIONS},
    "at_tls": {Condition.CONNECTIONS},
    "at_upload": {Condition.CONNECTIONS},
    "at_reply": {Condition.CONNECTIONS, Condition.REQUESTS},
    "at_request": {Condition.CONNECTIONS, Condition.REQUESTS},
    "at_rest": {Condition.CONNECTIONS, Condition.REQUESTS},
    "at_query": {Condition.REQUESTS},
    "at_datagram": {Condition.REQUESTS},
}
"""What is counted at each moment; a fault may honour less."""

kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))


def example(kind: type[Fault]) -> Fault:
    """The fault of that kind which `simnet tour` shows."""
    return kind.model_validate(kind.example)


def moments(kind: type[Fault]) -> list[str]:
    """The moments that this kind answers at."""
    return [moment for moment in MOMENTS if moment in vars(kind)]


numbers = st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True).map(
    lambda found: Numbers.parse(",".join(map(str, sorted(found))))
)
spans = st.tuples(st.integers(0, 10**7), st.none() | st.integers(1, 10**7)).map(
    lambda pair: Span(Duration(pair[0]), None if pair[1] is None else Duration(pair[0] + pair[1]))
)
VALUES: Final[dict[Condition, st.SearchStrategy[Any]]] = {
    Condition.ATTEMPTS: numbers,
    Condition.CONNECTIONS: numbers,
    Condition.REQUESTS: numbers,
    Condition.DURING: spans,
    Condition.CHANCE: st.integers(0, 1_000_000).map(Chance),
}
whens = st.fixed_dictionaries({}, optional={condition.value: VALUES[condition] for condition in Condition})


@kinds
def test_the_file_is_named_like_the_kind(kind: type[Fault]) -> None:
    """The name in YAML, the name of the module and the default of `fault` are one, and the module offers the class."""
    module = inspect.getmodule(kind)
    assert module is not None
    name = kind.model_fields["fault"].default
    assert module.__name__ == f"simnet.faults.{name}"
    assert vars(module)["FAULT"] is kind is KINDS[name]
    assert example(kind).kind == name


@kinds
def test_a_leaf_is_final_frozen_and_one_level_deep(kind: type[Fault]) -> None:
    """There are no faults that are special cases of others, and none that change."""
    assert kind.__bases__ == (Fault,)
    assert getattr(kind, "__final__", False)
    fault = example(kind)
    with pytest.raises(ValidationError, match="frozen"):
        setattr(fault, "required", True)  # noqa: B010 - mypy knows that it cannot be
    assert hash(fault) == hash(example(kind))


@kinds
def test_it_answers_at_exactly_one_moment_and_in_its_words(kind: type[Fault]) -> None:
    """With a verdict of that moment; at the others it has nothing to say."""
    (own,) = moments(kind)
    for moment, verdicts in MOMENTS.items():
        verdict = getattr(example(kind), moment)(Random(0))
        assert isinstance(verdict, get_args(verdicts)) if moment == own else verdict is None


@kinds
def test_its_moment_is_known_by_name(kind: type[Fault]) -> None:
    """What a service can be struck by is told from the moment, which the kind names itself."""
    assert [kind.moment()] == moments(kind)


@kinds
def test_it_is_about_every_question_but_for_what_it_is_limited_to(kind: type[Fault]) -> None:
    """A name limits it to that name, a type or a transport of the kind to those."""
    question = Question("a.test", next(iter(kind.question_types), "A"), next(iter(kind.over)))
    assert example(kind).is_about(question)
    if "name" in kind.model_fields:
        assert kind.model_validate({**kind.example, "name": "a.test"}).is_about(question)
        assert not kind.model_validate({**kind.example, "name": "b.test"}).is_about(question)
    assert example(kind).is_about(dataclasses.replace(question, type="MX")) == (not kind.question_types)


@kinds
def test_it_is_timed_by_what_is_counted_at_its_moment(kind: type[Fault]) -> None:
    """Time is known always, attempts only at the door, connections from accept on, requests only once they have come."""
    (own,) = moments(kind)
    assert Condition.DURING in kind.honours
    assert kind.honours <= UNIT_OF_MOMENT[own] | {Condition.DURING, Condition.CHANCE}
    if Condition.CHANCE in kind.honours:
        assert kind.honours & UNIT_OF_MOMENT[own], "chance is drawn for each attempt, connection or request"


@kinds
def test_what_strikes_requests_needs_them(kind: type[Fault]) -> None:
    """Who answers at the request or at rest is timed by requests, and strikes services that have them."""
    if moments(kind)[0] in {"at_request", "at_rest"}:
        assert Condition.REQUESTS in kind.honours
        assert PROTOCOLS[protocol_for(kind.moment())].has_requests


@kinds
def test_the_answer_is_a_pure_function_of_the_draw(kind: type[Fault]) -> None:
    """Two equal faults with generators of one seed answer alike, however often others were asked in between."""
    (own,) = moments(kind)
    first, second = Random(5), Random(5)
    once = getattr(example(kind), own)(first)
    getattr(example(kind), own)(Random(6))
    again = getattr(example(kind), own)(second)
    assert type(once) is type(again)
    for name in once.__slots__:
        if name != "draw":
            assert getattr(once, name) == getattr(again, name)
    assert first.random() == second.random(), "both have drawn as much"


@kinds
def test_it_says_in_a_line_what_it_is_and_what_a_client_sees(kind: type[Fault]) -> None:
    """These two lines are printed by the command line, and come from here only."""
    for line in (kind.summary, kind.client_sees):
        assert line.strip() == line != ""
        assert "\n" not in line
        assert not line.endswith(".")


@kinds
def test_each_parameter_is_described(kind: type[Fault]) -> None:
    """Help, docs and schema take what a parameter means from the field itself."""
    described = {name: field.description for name, field in kind.model_fields.items() if name != "fault"}
    assert all(described.values()), described


def test_the_kinds_are_in_the_order_of_a_connections_life() -> None:
    """Stage after stage, and within a stage each has a place of its own."""
    places = [(kind.stage.position, kind.rank) for kind in KINDS.values()]
    assert places == sorted(set(places))
    assert {kind.stage for kind in KINDS.values()} <= set(Stage)


def test_each_lever_is_pulled_by_some_fault_or_option() -> None:
    """What `simnet doctor` tries of the kernel is what the faults, isolation and own names need."""
    of_faults = {lever for kind in KINDS.values() for lever in kind.needs}
    assert of_faults | {*isolation.NEEDS, *own_files.NEEDS} == set(Lever)


@kinds
def test_holding_syns_takes_a_kernel_that_drops_and_shows_them(kind: type[Fault]) -> None:
    """Who drops SYNs of chosen attempts must drop all and look who is waiting."""
    if kind.holds_syns:
        assert {Lever.MIN_TTL, Lever.SOCK_DIAG} <= set(kind.needs)
        assert moments(kind) == ["at_door"]
        assert Condition.ATTEMPTS in kind.honours


@kinds
@given(data=st.data())
@settings(deadline=None, max_examples=30)
def test_what_can_be_honoured_is_taken_and_comes_back_equal(kind: type[Fault], data: st.DataObject) -> None:
    """A `when` of conditions that the kind honours is kept to the letter, and the fault survives its own JSON."""
    optional = {condition.value: VALUES[condition] for condition in Condition if condition in kind.honours}
    when = data.draw(st.fixed_dictionaries({}, optional=optional))
    fault = kind.model_validate({**kind.example, "when": when, "required": data.draw(st.none() | st.booleans())})
    assert {name: getattr(fault.when, name) for name in when} == when
    assert fault.when.asked == {Condition(name) for name in when}
    stored = json.dumps(fault.model_dump(mode="json", by_alias=True))
    brief = json.dumps(fault.model_dump(mode="json", by_alias=True, exclude_defaults=True))
    assert kind.model_validate(json.loads(stored)) == kind.model_validate(json.loads(brief)) == fault


@kinds
@given(when=whens)
@settings(deadline=None, max_examples=30)
def test_what_cannot_be_honoured_is_refused_by_name(kind: type[Fault], when: dict[str, object]) -> None:
    """One condition too many and there is no fault: it would strike otherwise than its author said."""
    too_many = [name for name in when if Condition(name) not in kind.honours]
    assume(too_many)
    with pytest.raises(ValidationError, match=rf"cannot be timed by ({'|'.join(too_many)}); it can by "):
        kind.model_validate({**kind.example, "when": when})


@kinds
def test_a_wrong_key_is_refused(kind: type[Fault]) -> None:
    """An unknown parameter or condition is a mistake, never ignored."""
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({**kind.example, "probability": "10%"})
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({**kind.example, "when": {"atempts": 1}})


@kinds
def test_a_fault_must_strike_unless_it_is_left_to_chance(kind: type[Fault]) -> None:
    """Whether a run without it fails: yes, but with `chance` no, and `required` has the last word."""
    assert example(kind).must_strike
    assert not kind.model_validate({**kind.example, "required": False}).must_strike
    if Condition.CHANCE in kind.honours:
        by_chance = {**kind.example, "when": {"chance": "50%"}}
        assert not kind.model_validate(by_chance).must_strike
        assert kind.model_validate({**by_chance, "required": True}).must_strike


@pytest.mark.parametrize(
    ("when", "words"),
    [
        ({}, "always"),
        ({"attempts": "1-2"}, "attempts 1-2"),
        ({"chance": "10%", "connections": 3, "during": "5s..8s"}, "connections 3, during 5s..8s, chance 10%"),
    ],
)
def test_when_says_itself_in_words(when: dict[str, object], words: str) -> None:
    """Conditions are said in the order in which they are documented, not in that of the file."""
    assert str(When.model_validate(when)) == words


@kinds
def test_what_strikes_a_stream_of_bytes_may_strike_either_way(kind: type[Fault]) -> None:
    """Every kind that shapes or ends a stream has a direction, to the client if nothing is said; no other has one."""
    assert example(kind).towards is Direction.TO_CLIENT
    if "direction" in kind.model_fields and moments(kind) != ["at_datagram"]:  # datagrams have one of their own
        assert moments(kind) == ["at_reply"]
        steered = kind.model_validate({**kind.example, "direction": "to_upstream"})
        assert steered.towards is Direction.TO_UPSTREAM


NAME_KINDS: Final = [name for name, kind in KINDS.items() if kind.stage is Stage.NAME]

name_kinds = pytest.mark.parametrize("kind", NAME_KINDS)


@name_kinds
@pytest.mark.parametrize("condition", ["attempts", "connections"])
def test_a_fault_of_names_is_timed_by_queries(kind: str, condition: str) -> None:
    """Queries are the requests of a resolver; connections, if there are any, carry many."""
    assert KINDS[kind].honours == {Condition.REQUESTS, Condition.DURING, Condition.CHANCE}
    with pytest.raises(ValidationError, match=f"`{kind}` cannot be timed by {condition}"):
        KINDS[kind].model_validate({**KINDS[kind].example, "when": {condition: 1}})


@name_kinds
@pytest.mark.parametrize("name", ["API.test", "api.test.", "api test", "", "a..b", "-a.test", "x" * 64])
def test_the_name_that_it_is_about_is_one_that_can_be_looked_up(kind: str, name: str) -> None:
    """In lower case and without the last dot, as queries are compared with it."""
    with pytest.raises(ValidationError):
        KINDS[kind].model_validate({**KINDS[kind].example, "name": name})
