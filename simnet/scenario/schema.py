"""The format as a JSON Schema (draft 2020-12), for editors: they complete and check as one types.

Law: derived from the models, so that there is no second list to keep. It says what a schema can say; what holds
between the parts of a file (`sense.py`) is left to `load.py`, which always has the last word.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from simnet.checks import CHECKS
from simnet.faults import KINDS, Fault
from simnet.scenario.bug import Bug
from simnet.scenario.lesson import Lesson
from simnet.scenario.model import FORMAT, NAME_KINDS, ClientSpec, Heading, NameSpec, Scenario, ServiceSpec
from simnet.scenario.sense import NAME
from simnet.services import PROTOCOLS, Service
from simnet.values import Quantity
from simnet.verdicts.query import DOMAIN_NAME

__all__ = ["schema"]

Schema = dict[str, Any]


def schema() -> Schema:
    """The JSON Schema of a scenario file, as a value that `json.dumps` takes."""
    heading = _of(Heading)["properties"]
    fields = Scenario.model_fields
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "simnet scenario",
        "description": "A local network that fails on purpose: services, how they fail, and what a client should do.",
        "type": "object",
        "additionalProperties": False,
        "required": ["simnet", "services"],
        "properties": {
            "simnet": {"const": FORMAT, "description": "the number of this format"},
            **heading,
            "services": {
                "description": fields["services"].description,
                "type": "object",
                "minProperties": 1,
                "propertyNames": {"pattern": f"^{NAME.pattern}$"},
                "additionalProperties": {"$ref": "#/$defs/service"},
            },
            "names": _names(fields["names"].description),
            "client": {**_of(ClientSpec), "description": fields["client"].description},
            "expect": _list(fields["expect"].description, "check"),
            "lesson": {**_of(Lesson), "description": fields["lesson"].description},
            "bug": {**_of(Bug), "description": fields["bug"].description},
        },
        "$defs": {
            "service": _service(),
            "fault": {
                "type": "object",
                "required": ["fault"],
                "properties": {"fault": {"enum": list(KINDS)}},
                "oneOf": [_fault(name, kind) for name, kind in KINDS.items()],
            },
            "check": {
                "type": "object",
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
                "properties": {name: {**_of(kind), "description": kind.summary} for name, kind in CHECKS.items()},
            },
        },
    }


def _service() -> Schema:
    fields = ServiceSpec.model_fields
    plain = [name for name, kind in PROTOCOLS.items() if not _of(kind).get("required")]
    return {
        "description": "one service: where it is, what it speaks, how it fails",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "at": _of(ServiceSpec)["properties"]["at"],
            "speaks": {"enum": plain, "description": fields["speaks"].description},
            **{name: _protocol(kind) for name, kind in PROTOCOLS.items()},
            "tls": _of(ServiceSpec)["properties"]["tls"],
            "faults": _list(fields["faults"].description, "fault"),
        },
        "allOf": [{"not": {"required": pair}} for pair in _pairs(["speaks", *PROTOCOLS])],
    }


def _names(description: str | None) -> Schema:
    """A service or a kind of fault; several services; or a fault with its parameters and `to`."""
    text = {"type": "string", "minLength": 1}
    either = [text, {"type": "array", "items": text, "minItems": 1}]
    to = {"anyOf": either, "description": NameSpec.model_fields["to"].description}
    plain: Schema = {"type": "object", "additionalProperties": False, "required": ["to"], "properties": {"to": to}}
    return {
        "description": description,
        "type": "object",
        "propertyNames": {"pattern": DOMAIN_NAME, "maxLength": 253},
        "additionalProperties": {"anyOf": [*either, plain, *(_spoiled(name, to) for name in NAME_KINDS)]},
    }


def _spoiled(name: str, to: Schema) -> Schema:
    found = _fault(name, NAME_KINDS[name])
    needs = ["fault", *found.get("required", []), *(["to"] if NAME_KINDS[name].needs_answer else [])]
    return {**found, "required": needs, "properties": {**_less(found["properties"], {"name"}), "to": to}}


def _pairs(names: list[str]) -> list[list[str]]:
    """A service speaks one protocol: no two of these keys together."""
    return [[first, second] for number, first in enumerate(names) for second in names[number + 1 :]]


def _protocol(kind: type[Service]) -> Schema:
    found = _of(kind)
    return {**found, "description": kind.summary, "properties": _less(found["properties"], {"speaks"})}


def _fault(name: str, kind: type[Fault]) -> Schema:
    """One kind, with those conditions of `when` alone that it can honour."""
    found = _of(kind)
    asked = {condition.value for condition in kind.honours}
    when = found["properties"]["when"]
    when = {**when, "properties": {key: value for key, value in when["properties"].items() if key in asked}}
    properties = {**found["properties"], "fault": {"const": name, "description": kind.summary}, "when": when}
    return {**found, "title": name, "description": kind.summary, "properties": properties}


def _list(description: str | None, item: str) -> Schema:
    return {"description": description, "type": "array", "items": {"$ref": f"#/$defs/{item}"}}


def _less(mapping: Mapping[str, Any], names: set[str]) -> Schema:
    return {key: value for key, value in mapping.items() if key not in names}


def _of(model: type[BaseModel]) -> Schema:
    """The schema that pydantic derives, with its references resolved and without what a file cannot say (`null`)."""
    found = model.model_json_schema(mode="validation", by_alias=True)
    plain = _plain(found, found.get("$defs", {}))
    assert isinstance(plain, dict), "a model is an object"
    for name, field in model.model_fields.items():
        if isinstance(field.default, Quantity):
            plain["properties"][field.alias or name]["default"] = str(field.default)
    return _less(plain, {"$defs", "title"})


def _plain(node: Any, definitions: Mapping[str, Any], within: tuple[str, ...] = ()) -> Any:
    """`within`: the definitions that the node lies in; a step within a step is left open, as no tree has an end then."""
    if isinstance(node, list):
        return [_plain(item, definitions, within) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        name = node["$ref"].rpartition("/")[2]
        if name in within:
            return _less(node, {"$ref"})
        return _plain({**definitions[name], **_less(node, {"$ref"})}, definitions, (*within, name))
    found = {key: _plain(value, definitions, within) for key, value in node.items() if not _says_nothing(key, value)}
    either = [choice for choice in found.get("anyOf", ()) if choice != {"type": "null"}]
    if len(either) == 1:
        return {**either[0], **_less(found, {"anyOf"})}
    return {**found, "anyOf": either} if either else found


def _says_nothing(key: str, value: object) -> bool:
    """The default null is a key left out; a title that pydantic made of a name repeats it."""
    return (key == "default" and (value is None or isinstance(value, dict))) or (
        key == "title" and isinstance(value, str)
    )
