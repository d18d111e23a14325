"""The section `names` of a file -> what each name resolves to, and how it fails.

Law: a name is a service, a fault of the name stage, a list of services (one an answer, in turn), or a mapping with a
fault, its parameters and `to`. Whether a service exists is asked at the end, by `sense.py`.
"""

from __future__ import annotations

import re

from simnet.faults import Fault
from simnet.scenario import ask, entries
from simnet.scenario.model import NAME_KINDS, NameSpec
from simnet.scenario.parts import is_null, value_spot
from simnet.scenario.report import Report
from simnet.scenario.sense import NameSketch
from simnet.scenario.tree import Entry, Items, Node, Scalar, Table, Wrong
from simnet.scenario.words import code, did_you_mean, shown
from simnet.verdicts.query import DOMAIN_NAME

__all__ = ["names"]

CURE = "write a service of the file, a fault such as nxdomain, or `{fault: dns_slow, delay: 2s, to: api}`"


def names(root: Table, report: Report) -> tuple[dict[str, NameSpec], tuple[NameSketch, ...]]:
    """What could be read of the section, and what is known of all of it."""
    entry = root.get("names")
    if entry is None:
        return {}, ()
    table = ask.table(entry, report, "write each name as a key: `names: {api.test: api}`")
    if table is None:
        return {}, ()
    found, sketches = {}, []
    for each in report.until_full(table.entries):
        name = each.key.text
        if len(name) > 253 or not re.fullmatch(DOMAIN_NAME.strip("^$"), name):
            report.add(each.key.spot, f"{shown(name)} is not a name that can be looked up", _why_not(name))
        spec, sketch = _name(each, report)
        sketches.append(sketch)
        if spec is not None:
            found[name] = spec
    return found, tuple(sketches)


def _why_not(name: str) -> str:
    plain = name.lower().removesuffix(".")
    if plain != name and re.fullmatch(DOMAIN_NAME.strip("^$"), plain):
        return f"write `{plain}`"
    return "write labels of letters, digits, - and _ with a dot between them, such as api.test"


def _name(entry: Entry, report: Report) -> tuple[NameSpec | None, NameSketch]:
    name, node = entry.key.text, entry.value
    if isinstance(node, Scalar) and isinstance(node.value, str):
        return _one_word(name, node, report)
    if isinstance(node, Items):
        to = _services(entry, report)
        return (NameSpec(to=to) if to else None), NameSketch(name, to or ())
    if isinstance(node, Table):
        return _mapping(entry, node, report)
    if not isinstance(node, Wrong):
        here = "nothing" if is_null(node) else shown(node.value)
        report.add(value_spot(entry), f"{code(name)} resolves to a service or to a fault, and here is {here}", CURE)
    return None, NameSketch(name, ())


def _one_word(name: str, node: Scalar, report: Report) -> tuple[NameSpec | None, NameSketch]:
    """`api.test: api` or `gone.test: nxdomain`"""
    kind = NAME_KINDS.get(node.text)
    if kind is None:
        return NameSpec(to=(node.text,)), NameSketch(name, (node.text,), also=tuple(NAME_KINDS))
    sketch = NameSketch(name, (), node.text)
    if kind.needs_answer:
        given = "".join(f"{key}: ..., " for key, field in kind.model_fields.items() if field.is_required())
        cure = f"write `{name}: {{fault: {node.text}, {given}to: ...}}` with a service of the file"
        report.add(node.spot, f"{code(name)} does not say what it resolves to", cure)
        return None, sketch
    return NameSpec(fault=kind.model_validate({"fault": node.text})), sketch


def _services(entry: Entry, report: Report) -> tuple[str, ...] | None:
    """The names of services behind the key; whether there are such services is asked later."""
    node = entry.value
    listed: tuple[Node, ...] = node.items if isinstance(node, Items) else (node,)
    if not listed:
        report.add(entry.key.spot, f"{code(entry.key.text)} lists no service", "name at least one")
        return None
    for each in listed:
        if not isinstance(each, Scalar) or not isinstance(each.value, str):
            ask.refuse(each, report, "here is the name of a service due", "write a service of the file")
            return None
    return tuple(each.text for each in listed if isinstance(each, Scalar))


def _mapping(entry: Entry, node: Table, report: Report) -> tuple[NameSpec | None, NameSketch]:
    name, behind = entry.key.text, node.get("to")
    to = () if behind is None else _services(behind, report)
    sketch = NameSketch(name, to or (), path=("to",))
    if node.get("fault") is None:
        keys = [each for each in node.entries if each.key.text != "to"]
        for each in keys:
            cure = did_you_mean(each.key.text, ("to", "fault"))
            report.add(each.key.spot, f"{code(name)} has no {code(each.key.text)} without a fault", cure)
        if behind is None and not keys:
            report.add(entry.key.spot, f"{code(name)} resolves to nothing", CURE)
        return (NameSpec(to=to) if to and not keys else None), sketch
    made = _fault(node, report)
    if made is None or to is None:
        return None, sketch
    if (why := _lacks(name, made, to)) is not None:
        report.add(entry.key.spot, *why)
        return None, sketch
    return NameSpec(to=to, fault=made), sketch


def _fault(node: Table, report: Report) -> Fault | None:
    """The fault that the mapping describes, which is limited to its name by the key."""
    own = node.get("name")
    if own is not None:
        report.add(own.key.spot, "the name is the key that this stands behind", "remove `name`")
    kind = node.get("fault")
    if kind is not None and isinstance(kind.value, Scalar) and kind.value.text not in NAME_KINDS:
        cure = did_you_mean(kind.value.text, NAME_KINDS)
        report.add(kind.value.spot, f"there is no fault {code(kind.value.text)} of a name", cure)
        return None
    made = entries.fault(node.seen_at(node.spot, without=["to", "name"]), report)
    return None if own is not None else made


def _lacks(name: str, fault: Fault, to: tuple[str, ...]) -> tuple[str, str] | None:
    """What is missing, with the cure, if the name has to resolve to something at times and there is nothing."""
    if to or not (fault.needs_answer or fault.when.asked):
        return None
    return (
        f"{code(name)} does not say what it resolves to",
        f"write `to:` beside `fault: {fault.kind}`, and a service of the file",
    )
