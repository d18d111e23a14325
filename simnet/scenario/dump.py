"""Scenario -> a minimal, pretty file that loads to an equal scenario.

Law: whatever can be left out is; what a reader would write on one line is on one line. Findings of Hypothesis are
written by this, so what it writes is what people keep.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from simnet.checks.contract import Check
from simnet.faults.contract import Fault
from simnet.scenario.bug import Bug
from simnet.scenario.model import FORMAT, NAME_KINDS, NameSpec, Scenario, ServiceSpec
from simnet.scenario.tree import resolve
from simnet.scenario.words import unprintable
from simnet.services import Service
from simnet.services.contract import Tls
from simnet.services.echo import Echo

__all__ = ["dump"]


class _Flow(dict[str, Any]):
    """A mapping that is written on one line, in braces."""


class _Row(tuple[str, ...]):
    """A list that is written on one line, in brackets."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    """Writes the scalars of the YAML 1.2 core schema, as `tree.py` reads them: a text that would be read as anything
    else gets quotes, and nothing else does."""

    def resolve(self, kind: type, value: Any, implicit: Any) -> str:
        """The tag that a plain scalar would be read as."""
        if kind is yaml.ScalarNode and implicit[0]:
            found = resolve(value)
            return "tag:yaml.org,2002:" + ("str" if isinstance(found, str) else _TAGS[type(found)])
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        """Indent the items of a list beneath their key."""
        super().increase_indent(flow, indentless=False)


_TAGS = {int: "int", float: "float", bool: "bool", type(None): "null"}


def _flow(dumper: _Dumper, mapping: _Flow) -> yaml.Node:
    return dumper.represent_mapping("tag:yaml.org,2002:map", mapping.items(), flow_style=True)


def _row(dumper: _Dumper, row: _Row) -> yaml.Node:
    return dumper.represent_sequence("tag:yaml.org,2002:seq", row, flow_style=True)


def _text(dumper: _Dumper, text: str) -> yaml.Node:
    """Several lines as a block; but one that ends in empty lines would end the document too (`|+`, then `...`)."""
    hidden = unprintable(text) is not None
    block = "\n" in text and text.strip() and not text.endswith("\n\n") and not hidden
    style = "|" if block else '"' if "\n" in text or hidden else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(_Flow, _flow)
_Dumper.add_representer(_Row, _row)
_Dumper.add_representer(str, _text)


def dump(scenario: Scenario) -> str:
    """The scenario as the text of a file, format and all; `load_text` gives an equal scenario back."""
    sections: list[dict[str, Any]] = [{"simnet": FORMAT, **_heading(scenario)}]
    sections.append({"services": {name: _service(spec) for name, spec in scenario.services.items()}})
    if client := scenario.client.model_dump(mode="json", exclude_defaults=True):
        sections.append({"client": client})
    if scenario.names:
        sections.append({"names": {name: _name(spec) for name, spec in scenario.names.items()}})
    if scenario.expect:
        sections.append({"expect": [_check(check) for check in scenario.expect]})
    if scenario.lesson is not None:
        sections.append({"lesson": scenario.lesson.model_dump(mode="json", by_alias=True, exclude_defaults=True)})
    if scenario.bug is not None:
        sections.append({"bug": _bug(scenario.bug)})
    return "\n".join(_write(section) for section in sections)


def _write(section: Mapping[str, Any]) -> str:
    return yaml.dump(section, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=2**20)


def _heading(scenario: Scenario) -> dict[str, Any]:
    return scenario.model_dump(mode="json", include={"title", "about", "seed", "run"}, exclude_defaults=True)


def _service(spec: ServiceSpec) -> dict[str, Any]:
    at = {} if spec.at is None else {"at": str(spec.at)}
    faults = {"faults": [_fault(fault) for fault in spec.faults]} if spec.faults else {}
    return {**at, **_speaks(spec.speaks), **_tls(spec.tls), **faults}


def _speaks(service: Service) -> dict[str, Any]:
    if service == Echo():
        return {}
    options = service.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"speaks"})
    return {service.speaks: options} if options else {"speaks": service.speaks}


def _name(spec: NameSpec) -> object:
    """One line for each name."""
    to: Any = spec.to[0] if len(spec.to) == 1 else _Row(spec.to)
    if spec.fault is None:
        return _Flow(to=to) if to in NAME_KINDS else to
    fault = _fault(spec.fault)
    return _Flow(fault, **({"to": to} if spec.to else {})) if spec.to or len(fault) > 1 else spec.fault.kind


def _tls(tls: Tls | None) -> dict[str, Any]:
    if tls is None:
        return {}
    return {"tls": tls.model_dump(mode="json", exclude_defaults=True) or True}


def _fault(fault: Fault) -> dict[str, Any]:
    found = fault.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"fault", "when"})
    when = fault.when.model_dump(mode="json", exclude_defaults=True)
    timed = {"when": _Flow({name: _bare(value) for name, value in when.items()})} if when else {}
    return {"fault": fault.fault, **found, **timed}


def _bug(bug: Bug) -> dict[str, Any]:
    """Each environment on one line."""
    found = bug.model_dump(mode="json", exclude_defaults=True)
    return {key: _short(value) if isinstance(value, dict) else value for key, value in found.items()}


def _short(value: Any) -> Any:
    """On one line, with all that is in it."""
    if isinstance(value, dict):
        return _Flow({key: _short(each) for key, each in value.items()})
    return _Row(value) if isinstance(value, list) else value


def _bare(value: str) -> str | int:
    """A number alone, where a set of numbers is one: `attempts: 3` needs no quotes."""
    return int(value) if value.isdecimal() else value


def _check(check: Check) -> dict[str, Any]:
    return {check.name: _Flow(check.model_dump(mode="json", by_alias=True, exclude_defaults=True))}
