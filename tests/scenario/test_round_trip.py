"""Dump and load are each other's inverse, over scenarios of every kind that the folders hold.

The scenarios are drawn from the models, so a new fault, protocol or check is drawn too as soon as its file is there.
"""

from __future__ import annotations

import functools
from typing import Any

import jsonschema
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from simnet.checks import CHECKS
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition, Stage
from simnet.scenario import Scenario, dump, load_text, schema
from simnet.scenario.model import NAME_KINDS
from simnet.scenario.tree import resolve
from simnet.services import PROTOCOLS, Service
from simnet.values import ByteCount, Chance, Duration, Numbers, Rate, Span

NAMES = ["api", "payments", "db", "my-cache", "Auth_2", "on", "null", "y"]
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=40)

COMMANDS = st.sampled_from(
    [None, "true", "on", "a: b # c", "  x", "one\ntwo\n", ["a"], ["a", "", "5", "b c"], ("no", "$X")]
)

durations = st.integers(0, 24 * 3_600_000_000).map(Duration) | st.integers(0, 5000).map(lambda ms: Duration(ms * 1000))
counts = st.integers(0, 2**20).map(ByteCount) | st.integers(0, 2**10).map(lambda k: ByteCount(k * 1024))
chances = st.integers(0, 1_000_000).map(Chance)
rates = st.integers(1, 10**11).map(Rate)
spans = st.tuples(st.integers(0, 10**7), st.none() | st.integers(1, 10**7)).map(
    lambda pair: Span(Duration(pair[0]), None if pair[1] is None else Duration(pair[0] + pair[1]))
)


@st.composite
def numbers(draw: st.DrawFn) -> Numbers:
    """Ranges that neither touch nor overlap; the last may go on for ever."""
    edges = sorted(draw(st.sets(st.integers(1, 50), min_size=2, max_size=6)))
    ranges: list[tuple[int, int | None]] = list(zip(edges[::2], edges[1::2], strict=False))
    return Numbers((*ranges[:-1], (ranges[-1][0], None))) if draw(st.booleans()) else Numbers(tuple(ranges))


@st.composite
def when(draw: st.DrawFn, honours: frozenset[Condition], *, has_requests: bool) -> dict[str, Any]:
    """Conditions that the fault can honour at this service."""
    kinds: dict[Condition, st.SearchStrategy[Any]] = {
        Condition.ATTEMPTS: numbers() | st.integers(1, 9).map(lambda n: Numbers(((n, n),))),
        Condition.CONNECTIONS: numbers(),
        Condition.REQUESTS: numbers(),
        Condition.DURING: spans,
        Condition.CHANCE: chances,
    }
    able = [c for c in Condition if c in honours and (has_requests or c is not Condition.REQUESTS)]
    return {c.value: draw(kinds[c]) for c in able if draw(st.booleans())}


def _possible(model: type[BaseModel], fields: dict[str, Any]) -> BaseModel | None:
    try:
        return model.model_validate(fields)
    except ValidationError:
        return None


def _values(model: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    """What the field may be: by its annotation, with its bounds."""
    field = model.model_fields[name]
    known = {Duration: durations, ByteCount: counts, Chance: chances, Rate: rates}
    for kind, strategy in known.items():
        if kind in (field.annotation, *getattr(field.annotation, "__args__", ())):
            return strategy
    return st.integers(0, 6) if field.annotation is int else st.just(field.default)


@st.composite
def faults(draw: st.DrawFn, speaks: Service) -> Fault:
    """A fault of any kind that can strike what speaks so, with any parameters that it takes."""
    own = {Stage.TLS, Stage.REQUEST, Stage.BETWEEN} if speaks.passes_on else set()
    able = [name for name, kind in KINDS.items() if speaks.meets(kind.moment()) and kind.stage not in own]
    return draw(faults_of(KINDS[draw(st.sampled_from(able))], has_requests=speaks.has_requests))


@st.composite
def faults_of(draw: st.DrawFn, kind: type[Fault], *, has_requests: bool) -> Fault:
    """A fault of that kind."""
    own = {name: field for name, field in kind.model_fields.items() if name not in {"fault", "when", "required"}}
    fields: dict[str, Any] = {"fault": kind.model_fields["fault"].default}
    for name, field in own.items():
        if field.is_required() or draw(st.booleans()):
            fields[field.alias or name] = draw(_values(kind, name))
    fields["when"] = draw(when(kind.honours, has_requests=has_requests))
    fields["required"] = draw(st.sampled_from([None, True, False]))
    made = _possible(kind, fields)
    return made if isinstance(made, kind) else draw(faults_of(kind, has_requests=has_requests))


@functools.cache
def protocols() -> st.SearchStrategy[BaseModel]:
    """Any protocol; http with routes, for it is there."""
    routes = st.fixed_dictionaries(
        {},
        optional={
            "path": st.sampled_from(["*", "/", "/api/*", "/a'b"]),
            "method": st.sampled_from(["GET", "POST"]),
            "status": st.integers(200, 599).filter(lambda status: status not in {204, 304}),
            "body": st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
            "headers": st.dictionaries(st.sampled_from(["X-A", "ETag"]), st.sampled_from(["1", "yes", "a: b", ""])),
            "retry_after": st.integers(0, 100).map(lambda s: Duration(s * 1_000_000)),
        },
    )
    needy = {"proxy", "script", "udp_script"}
    plain = [st.just(kind.model_validate({"speaks": name})) for name, kind in PROTOCOLS.items() if name not in needy]
    options = st.fixed_dictionaries({"speaks": st.just("http"), "routes": st.lists(routes, max_size=3)})
    scripts = st.fixed_dictionaries({"speaks": st.just("script"), "steps": st.lists(_steps(), max_size=4).map(tuple)})
    heard = ({"expect": "a"}, {"send": ("b", {"hex": "00ff"})}, {"loop": ({"either": ({"expect": {"bytes": "2 B"}},)},)})
    plain.append(st.just(PROTOCOLS["udp_script"].model_validate({"speaks": "udp_script", "steps": heard})))
    plain.append(st.just(PROTOCOLS["proxy"].model_validate({"speaks": "proxy", "upstream": "127.9.8.7:1"})))
    return st.one_of(
        *plain, options.map(PROTOCOLS["http"].model_validate), scripts.map(PROTOCOLS["script"].model_validate)
    )


def _steps() -> st.SearchStrategy[Any]:
    """A step of a script, or a loop of some."""
    any_text = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
    piece = st.one_of(any_text, st.fixed_dictionaries({"hex": st.binary(min_size=1, max_size=5).map(bytes.hex)}))
    expected = st.one_of(
        any_text,
        st.fixed_dictionaries({"until": any_text, "regex": st.just(r"(?P<x>[^\n]+)\s"), "times": st.integers(1, 3)}),
        st.fixed_dictionaries(
            {"length": st.fixed_dictionaries({"size": st.integers(1, 8)}), "capture": st.just({"a": "1.."})}
        ),
        st.just({"end": True}),
    )
    single = st.one_of(
        st.sampled_from(["close", "reset", "half_close", "drain"]),
        st.fixed_dictionaries({"expect": expected}, optional={"request": st.just("a: b")}),
        st.fixed_dictionaries({"send": st.one_of(piece, st.lists(piece, min_size=1, max_size=3).map(tuple))}),
        st.fixed_dictionaries({"wait": durations}),
    )
    loop = st.fixed_dictionaries(
        {"loop": st.lists(single, min_size=1, max_size=2).map(tuple)}, optional={"times": st.just(2)}
    )
    branch = st.fixed_dictionaries({"expect": expected}, optional={"then": st.lists(single, max_size=2).map(tuple)})
    return st.one_of(single, loop, st.fixed_dictionaries({"either": st.lists(branch, min_size=1, max_size=2).map(tuple)}))


secured = st.just(True) | st.fixed_dictionaries(  # noqa: FBT003 - as in a file
    {},
    optional={
        "names": st.lists(st.sampled_from(["api.test", "*.api.test", "a"]), max_size=2),
        "versions": st.sampled_from([["1.2"], ["1.3"], ["1.2", "1.3"]]),
        "alpn": st.lists(st.sampled_from(["h2", "http/1.1", "1"]), max_size=2),
        "client_certificate": st.sampled_from(["asked", "required"]),
    },
)
"""What may stand behind `tls`."""


@st.composite
def services(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """A service; `number` gives it a port that no other has."""
    speaks = draw(protocols())
    assert isinstance(speaks, Service)
    at = draw(
        st.sampled_from([None, "127.0.0.1", f"127.9.9.9:{7100 + number}", f":{7200 + number}", f"[::1]:{7300 + number}"])
    )
    made = draw(st.lists(faults(speaks), max_size=4))
    possible = st.none() if speaks.passes_on else st.none() | secured
    tls = draw(secured if any(fault.asks_for_tls() for fault in made) else possible)
    return {"at": at, "speaks": speaks, "tls": tls, "faults": made}


def _parameter(kind: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    """What a parameter of a check may be."""
    annotation = kind.model_fields[name].annotation
    if annotation is bool:
        return st.booleans()
    if annotation is float:
        return st.floats(1, 9)
    if annotation is Numbers:
        return numbers()
    return spans if annotation is Span else _values_or_integers(kind, name)


def _values_or_integers(kind: type[BaseModel], name: str) -> st.SearchStrategy[Any]:
    known = _values(kind, name)
    return st.integers(0, 20) if "int" in str(kind.model_fields[name].annotation) else known


@st.composite
def names(draw: st.DrawFn, services: list[str]) -> dict[str, Any]:
    """Names of every form that a file can have."""
    kinds = draw(st.lists(st.sampled_from([*NAME_KINDS, None]), max_size=3))
    found: dict[str, Any] = {}
    for number, kind in enumerate(kinds):
        to = draw(st.lists(st.sampled_from(services), min_size=1, max_size=2, unique=True))
        if kind is None:
            found[f"n{number}.test"] = draw(st.sampled_from([to, to[0], {"to": to}]))
            continue
        fault = draw(faults_of(NAME_KINDS[kind], has_requests=True)).model_copy(update={"name": None})
        bare = not fault.needs_answer and not fault.when.asked and draw(st.booleans())
        found[f"n{number}.test"] = {"fault": fault, **({} if bare else {"to": to})}
    return found


@st.composite
def checks(draw: st.DrawFn, names: list[str], ledgers: list[str]) -> BaseModel:
    """A check of any kind, of one of the services or of all; by a ledger only where one is kept."""
    kind = CHECKS[draw(st.sampled_from([name for name, kind in CHECKS.items() if ledgers or not kind.needs_ledger]))]
    names = ledgers if kind.needs_ledger else names
    fields: dict[str, Any] = {}
    for name, field in kind.model_fields.items():
        if field.is_required() or draw(st.booleans()):
            fields[name] = draw(st.sampled_from(names) if name in kind.names_services else _parameter(kind, name))
    made = _possible(kind, fields)
    return made if made is not None else draw(checks(names, ledgers))


said = (TEXTS | st.sampled_from(["on", "a: b # c", "one\n\ntwo\n", "- a"])).filter(lambda text: text.strip() != "")
lessons = st.fixed_dictionaries(
    {
        "objective": said,
        "background": said,
        "try": st.lists(said, min_size=1, max_size=2),
        "predict": st.fixed_dictionaries(
            {"question": said, "choices": st.lists(said, min_size=2, max_size=4), "answer": st.sampled_from("ab")}
        ),
        "debrief": said,
    },
    optional={"hints": st.lists(said, max_size=2)},
)
"""What may stand behind `lesson`."""

rest_of_environments = {
    "label": TEXTS,
    "run": COMMANDS.filter(bool),
    "env": st.dictionaries(st.sampled_from(["A", "on", "_1"]), TEXTS),
    "shows": TEXTS,
}
made_of: dict[str, st.SearchStrategy[Any]] = {
    "python": st.lists(st.sampled_from(["redis==4.5.1", "httpx[http2]>=0.27,<1", "on"]), min_size=1, max_size=2),
    "node": st.lists(st.sampled_from(["ioredis@5.3.2", "@grpc/grpc-js@^1.9", "null"]), min_size=1, max_size=2),
    "program": st.sampled_from(["curl", "java", "7z"]),
}
environments = st.sampled_from(list(made_of)).flatmap(
    lambda kind: st.fixed_dictionaries({kind: made_of[kind]}, optional=rest_of_environments)
)
bugs = st.fixed_dictionaries(
    {"of": said, "issues": st.lists(st.just("https://a.test/#1"), max_size=2), "found": said, "look_at": said,
     "bad": environments, "good": environments},
)  # fmt: skip
"""What may stand behind `bug`."""


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """A whole scenario."""
    named = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=4, unique=True))
    made = {name: draw(services(number)) for number, name in enumerate(named)}
    ledgers = [name for name, service in made.items() if service["speaks"].keeps_ledger]
    run, expected = draw(COMMANDS), draw(st.lists(checks(named, ledgers), max_size=3))
    return Scenario.model_validate(
        {
            "title": draw(
                TEXTS | st.sampled_from(["", "on", "1:30", "0o7", "null", "- a", "a: b", "#", "5", "~", ".inf", "1e3"])
            ),
            "about": draw(TEXTS | st.sampled_from(["", " leading\n\n  more\n", "\n\n", "one\n\ntwo  \n", "\t"])),
            "seed": draw(st.none() | st.integers(-(2**63), 2**63)),
            "run": run,
            "services": made,
            "names": draw(names(named)),
            "client": draw(st.sampled_from([{}, {"open_files": 24}, {"trust": True}])),
            "expect": expected,
            "lesson": draw(st.none() | lessons),
            "bug": draw(st.none() | bugs) if run and expected else None,
        }
    )


SCHEMA = jsonschema.Draft202012Validator(schema())
quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@quick
@given(scenarios())
def test_what_is_dumped_loads_to_an_equal_scenario(scenario: Scenario) -> None:
    """load_text(dump(scenario)) == scenario, and dumping that again gives the same text."""
    text = dump(scenario)
    assert load_text(text) == scenario
    assert dump(load_text(text)) == text


@quick
@given(scenarios())
def test_the_schema_knows_whatever_can_be_dumped(scenario: Scenario) -> None:
    """Every dumped file is valid by the JSON Schema, read as an editor reads it."""
    SCHEMA.validate(load_plain(dump(scenario)))


@quick
@given(scenarios())
def test_a_scenario_survives_json(scenario: Scenario) -> None:
    """A scenario's own JSON gives an equal scenario back."""
    assert Scenario.model_validate_json(scenario.model_dump_json(by_alias=True)) == scenario


def load_plain(text: str) -> Any:
    """The file as data, its scalars by the YAML 1.2 core schema."""
    return _data(yaml.compose(text, Loader=yaml.SafeLoader))


def _data(node: yaml.Node | None) -> Any:
    if isinstance(node, yaml.MappingNode):
        return {key.value: _data(value) for key, value in node.value}
    if isinstance(node, yaml.SequenceNode):
        return [_data(item) for item in node.value]
    assert isinstance(node, yaml.ScalarNode)
    return node.value if node.style else resolve(node.value)


FULL = """\
simnet: 1
title: The payments API comes up late, then loses a reply
about: |
  Two attempts are refused, the third is served,
  the fourth is processed but its reply is lost.
seed: 7

services:
  payments:
    at: 127.20.0.1:8080
    speaks: http
    faults:
      - fault: refuse
        when: {attempts: 1-2}
      - fault: reset
        after: 17 B
        when: {connections: 4}
      - fault: stall
        when: {during: 5s..8s, chance: 10%}
  db:
    at: '[::1]:7301'
    http:
      keep_alive: false
  echo: {}

client:
  open_files: 24

names:
  api.test: payments
  both.test: [payments, db]
  gone.test: nxdomain
  slow.test: {fault: dns_slow, delay: 2s, when: {requests: 1-2}, to: payments}

expect:
  - attempts: {service: payments, at_most: 5}
  - finishes: {within: 30s, exit: 0}
"""


def test_a_file_in_the_style_of_the_house_is_dumped_as_it_was_written() -> None:
    """A minimal, pretty file comes back to the letter."""
    assert dump(load_text(FULL)) == FULL


def test_what_is_default_is_left_out() -> None:
    """A scenario of defaults is four lines."""
    assert dump(Scenario.model_validate({"services": {"api": {}}})) == "simnet: 1\n\nservices:\n  api: {}\n"
