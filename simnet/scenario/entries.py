"""One item of `faults` or of `expect` -> the fault or the check that it describes.

Law: the names come from the lists that the folders are; no kind is named here but as an example, and its parameters
are known to its model alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from simnet.checks import CHECKS
from simnet.checks.contract import Check
from simnet.faults import KINDS, Fault
from simnet.faults.contract import Condition, Direction
from simnet.scenario import ask
from simnet.scenario.parts import part, value_spot
from simnet.scenario.report import Report
from simnet.scenario.sense import CheckSketch
from simnet.scenario.sentences import fields_of
from simnet.scenario.tree import Entry, Node, Scalar, Table
from simnet.scenario.words import code, did_you_mean, nearest, one_of

__all__ = ["asked", "check", "fault", "steered"]

FAULTS, CHECK_LIST = "simnet faults", "simnet checks"
"""The commands that list the names; a message that named dozens would not be read."""


def asked(node: Node) -> frozenset[str]:
    """The conditions under the `when` of a fault, whatever else is wrong with it."""
    return frozenset(entry.key.text for entry in _conditions(node))


def steered(node: Node) -> bool:
    """Whether the fault is to strike what is sent to an upstream, whatever else is wrong with it."""
    entry = node.get("direction") if isinstance(node, Table) else None
    return entry is not None and isinstance(entry.value, Scalar) and entry.value.value == Direction.TO_UPSTREAM.value


def _conditions(node: Node) -> tuple[Entry, ...]:
    when = node.get("when") if isinstance(node, Table) else None
    if when is None or not isinstance(when.value, Table):
        return ()
    names = {condition.value for condition in Condition}
    return tuple(entry for entry in when.value.entries if entry.key.text in names)


def fault(node: Node, report: Report) -> Fault | None:
    """The fault that the item describes; None if something is wrong with it."""
    if not isinstance(node, Table):
        named = (nearest(node.text, KINDS) if isinstance(node, Scalar) else None) or "refuse"
        ask.refuse(node, report, "a fault is a mapping that says of which kind it is", f"write `- fault: {named}`")
        return None
    entry = node.get("fault")
    if entry is None:
        _nameless(node, report)
        return None
    name = ask.choice(entry, report, KINDS, "fault", FAULTS)
    if name is None:
        return None
    beside = _beside(node, KINDS[name], report)
    dishonoured = _dishonoured(node, KINDS[name], report)
    own = _without(node, dishonoured).seen_at(value_spot(entry), without=beside)
    made = part(KINDS[name], own, report, f"`{name}`")
    return None if beside or dishonoured else made


def _nameless(node: Table, report: Report) -> None:
    first = node.entries[0].key if node.entries else None
    if first is not None and first.text in KINDS:
        cure = f"write `- fault: {first.text}` and its parameters beneath `fault`"
    else:
        cure = f"write `fault:` and its kind; `{FAULTS}` lists them"
    report.add(first.spot if first else node.spot, "this fault does not say of which kind it is", cure)


def _beside(node: Table, kind: type[Fault], report: Report) -> tuple[str, ...]:
    """The conditions that stand beside `when` and not beneath it."""
    own = fields_of(kind)
    conditions = {condition.value for condition in Condition}
    found = tuple(entry for entry in node.entries if entry.key.text in conditions and entry.key.text not in own)
    for entry in found:
        value = entry.value.text if isinstance(entry.value, Scalar) else "..."
        name = kind.model_fields["fault"].default
        cure = f"write `when: {{{entry.key.text}: {value}}}`"
        report.add(entry.key.spot, f"`{name}` has no {code(entry.key.text)}: it is a condition of `when`", cure)
    return tuple(entry.key.text for entry in found)


def _dishonoured(node: Table, kind: type[Fault], report: Report) -> tuple[Entry, ...]:
    """The conditions of its `when` that the kind cannot honour."""
    found = tuple(entry for entry in _conditions(node) if Condition(entry.key.text) not in kind.honours)
    for entry in found:
        can = one_of(condition.value for condition in Condition if condition in kind.honours)
        message = f"`{kind.model_fields['fault'].default}` cannot be timed by {code(entry.key.text)}"
        report.add(entry.key.spot, message, f"write {can}")
    return found


def _without(node: Table, conditions: tuple[Entry, ...]) -> Table:
    """The fault without those conditions of its `when`, so that the rest can be looked at."""
    names = [entry.key.text for entry in conditions]

    def rest(entry: Entry) -> Entry:
        if entry.key.text != "when" or not isinstance(entry.value, Table):
            return entry
        return Entry(entry.key, entry.value.seen_at(entry.value.spot, without=names))

    return Table(node.spot, tuple(rest(entry) for entry in node.entries))


def check(node: Node, report: Report) -> tuple[Check | None, CheckSketch]:
    """The check that the item describes, None if something is wrong with it; and what is known of it."""
    nothing = CheckSketch("")
    if isinstance(node, Scalar) and node.text and node.text not in CHECKS:
        report.add(node.spot, f"there is no check {code(node.text)}", did_you_mean(node.text, CHECKS, CHECK_LIST))
        return None, nothing
    if not isinstance(node, Table) or not node.entries:
        known = CHECKS.get(node.text) if isinstance(node, Scalar) else None
        named = "attempts: {at_most: 5}" if known is None else f"{known.name}: {_like(known)}"
        ask.refuse(node, report, "an expectation is a check with its parameters", f"write `- {named}`")
        return None, nothing
    entry = node.entries[0]
    _alone(node, report)
    name = entry.key.text
    if name not in CHECKS:
        report.add(entry.key.spot, f"there is no check {code(name)}", did_you_mean(name, CHECKS, CHECK_LIST))
        return None, nothing
    parameters = ask.table(entry, report, f"write its parameters: `- {name}: {_like(CHECKS[name])}`")
    if parameters is None:
        return None, nothing
    made = part(CHECKS[name], parameters.seen_at(entry.key.spot), report, f"`{name}`")
    return made, CheckSketch(name, tuple(_services(parameters, CHECKS[name])), CHECKS[name].needs_ledger)


def _like(kind: type[Check]) -> str:
    if kind.example:
        return f"{{{', '.join(f'{key}: {value}' for key, value in kind.example.items())}}}"
    return "{at_most: 5}" if "at_most" in kind.model_fields else "{}"


def _alone(node: Table, report: Report) -> None:
    """One item is one check: complain of the other keys."""
    first, *more = node.entries
    for other in report.until_full(more):
        name = code(other.key.text)
        further = f"indent {name} further, beneath {code(first.key.text)}"
        cure = f"begin {name} with a dash of its own" if other.key.text in CHECKS else further
        report.add(other.key.spot, "one item of `expect` is one check", cure)


def _services(parameters: Table, kind: type[Check]) -> Iterator[tuple[str, str]]:
    """The services that the check names, by parameter."""
    for key in kind.names_services:
        entry = parameters.get(key)
        named = entry.value.value if entry is not None and isinstance(entry.value, Scalar) else None
        if isinstance(named, str):
            yield key, named
