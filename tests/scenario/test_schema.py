"""The JSON Schema: valid by draft 2020-12, takes every scenario that is shipped, refuses what a schema can refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from simnet.checks import CHECKS
from simnet.errors import ScenarioError
from simnet.faults import KINDS
from simnet.faults.contract import Condition
from simnet.scenario import load_file, load_text, schema
from simnet.scenario.report import Report
from simnet.scenario.tree import Items, Node, Scalar, Table, parse
from simnet.services import PROTOCOLS, protocol_for

CORPUS = Path(__file__).parent / "malformed"
SHIPPED = sorted((Path(__file__).parents[2] / "scenarios").rglob("*.yaml"))
SCHEMA = schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)

BEYOND = {
    "bug_alone": "the keys beside it",
    "at_broadcast": "the octets of an address",
    "at_not_an_address": "the octets of an address",
    "at_port_too_large": "the value of a port",
    "at_port_zero": "the value of a port",
    "at_six_without_brackets": "where an address of IPv6 ends",
    "at_twice": "two services",
    "at_twice_six": "two services",
    "expect_bounds": "two parameters",
    "expect_service": "the names of the services",
    "file_not_utf8": "the encoding",
    "file_line_separator": "characters of a text",
    "file_control_character": "characters of a text",
    "run_escape": "characters of a text",
    "fault_misfit": "the protocol of the service",
    "fault_misfit_udp": "the protocol of the service",
    "lesson_answer": "how many choices there are",
    "names_list_unknown": "the names of the services",
    "names_unknown": "the names of the services",
    "names_timed": "two keys",
    "names_resolver": "the names of the services",
    "names_both": "the names of the services",
    "names_without_to": "what a fault needs",
    "proxy_direction": "the protocol of the service",
    "proxy_itself": "the names of the services",
    "proxy_name": "where an address ends",
    "proxy_outside": "the octets of an address, and another key",
    "proxy_unknown": "the names of the services",
    "script_both": "two keys",
    "udp_script_close": "which steps a datagram has not",
    "udp_script_speaks_first": "which step is the first",
    "script_captured": "two steps",
    "script_empty": "two keys",
    "script_goto": "two steps",
    "script_hex": "pairs of digits",
    "script_regex": "the grammar of regular expressions",
    "script_two_keys": "two keys",
    "service_names_clash": "two names",
    "expect_no_ledger": "the options of the services",
    "http_keep_alive": "two options",
    "fault_of_requests": "the protocol of the service",
    "title_escape": "characters of a text",
    "seed_endless": "the length of a number",
    "value_endless": "the size of a quantity",
    "value_half_byte": "whole bytes",
    "value_together": "two parameters",
    "when_backwards": "the order of two numbers",
    "when_overlap": "the order of two numbers",
    "tls_fault_without_tls": "the transport of the service",
    "when_requests_of_echo": "the protocol of the service",
    "when_requests_of_script": "the steps of the service",
}
"""What only the loader can tell, and what it takes to tell it."""


def speaker_for(kind: str) -> str:
    """A protocol that the kind can strike."""
    able = [name for name, protocol in PROTOCOLS.items() if protocol.meets(KINDS[kind].moment())]
    return "echo" if "echo" in able else able[0]


def _data(node: Node) -> Any:
    if isinstance(node, Table):
        return {entry.key.text: _data(entry.value) for entry in node.entries}
    if isinstance(node, Items):
        return [_data(item) for item in node.items]
    return node.value if isinstance(node, Scalar) else None


def _read(file: Path) -> Any:
    """The file as an editor would see it; None where there is no YAML to see."""
    text = file.read_text("utf-8", errors="replace")
    report = Report(file.name, text)
    root = parse(text, report)
    return None if root is None or report else _data(root)


READABLE = [file for file in sorted(CORPUS.glob("*.yaml")) if _read(file) is not None]
"""The malformed files that are YAML of the plain kind: of the others no schema is ever asked."""


def test_it_is_a_schema_of_draft_2020_12() -> None:
    """The meta-schema accepts it, and it says which draft it is of."""
    VALIDATOR.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "https://json-schema.org/draft/2020-12/schema"


def test_it_knows_every_fault_protocol_and_check() -> None:
    """What the folders hold is what the schema offers, each with a description."""
    kinds = {kind["title"]: kind for kind in SCHEMA["$defs"]["fault"]["oneOf"]}
    assert list(kinds) == list(KINDS)
    assert set(PROTOCOLS) < set(SCHEMA["$defs"]["service"]["properties"])
    assert set(SCHEMA["$defs"]["check"]["properties"]) == set(CHECKS)
    for name, kind in kinds.items():
        assert set(kind["properties"]["when"]["properties"]) == {c.value for c in Condition if c in KINDS[name].honours}
        assert all(field.get("description") for field in kind["properties"].values()), name


def test_it_has_no_reference_that_leads_nowhere() -> None:
    """Every `$ref` names one of its own `$defs`."""
    found: list[str] = []

    def collect(node: object) -> None:
        if isinstance(node, dict):
            found.extend(value for key, value in node.items() if key == "$ref")
            for value in node.values():
                collect(value)
        elif isinstance(node, list):
            for value in node:
                collect(value)

    collect(SCHEMA)
    assert found
    assert set(found) <= {f"#/$defs/{name}" for name in SCHEMA["$defs"]}


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.stem)
def test_every_shipped_scenario_is_valid(file: Path) -> None:
    """The files under scenarios/ load, and the schema has nothing against them."""
    load_file(file)
    VALIDATOR.validate(_read(file))


@pytest.mark.parametrize("file", READABLE, ids=lambda file: file.stem)
def test_a_malformed_file_is_refused_where_a_schema_can_tell(file: Path) -> None:
    """Editors mark what the loader refuses, but for what takes more than one place to see."""
    assert VALIDATOR.is_valid(_read(file)) == (file.stem in BEYOND)


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_example_of_each_fault_is_valid(kind: str) -> None:
    """The parameters that a fault shows as its example satisfy the schema and the loader alike."""
    fault = {"fault": kind, **KINDS[kind].example}
    speaks = protocol_for(KINDS[kind].moment())
    tls = {"tls": True} if KINDS[kind].asks_for_tls() else {}
    VALIDATOR.validate({"simnet": 1, "services": {"api": {"speaks": speaks, **tls, "faults": [fault]}}})
    rows = "".join(f"        {key}: {value}\n" for key, value in KINDS[kind].example.items())
    text = f"simnet: 1\nservices:\n  api:\n    speaks: {speaks}\n    tls: {str(bool(tls)).lower()}\n    faults:\n      - fault: {kind}\n{rows}"
    assert load_text(text).services["api"].faults[0].kind == kind


def test_the_loader_refuses_all_that_the_schema_refuses_of_a_fault() -> None:
    """A fault that only misses its parameters is refused by both."""
    for kind, cls in KINDS.items():
        needs = any(field.is_required() for field in cls.model_fields.values())
        assert VALIDATOR.is_valid({"simnet": 1, "services": {"a": {"faults": [{"fault": kind}]}}}) != needs
        speaks = protocol_for(cls.moment())
        text = f"simnet: 1\nservices: {{a: {{speaks: {speaks}, tls: true, faults: [{{fault: {kind}}}]}}}}\n"
        if needs:
            with pytest.raises(ScenarioError, match="needs"):
                load_text(text)
        else:
            load_text(text)
