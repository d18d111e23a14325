"""Questions that every part of a file is asked: is it a mapping, a list, a known name?

Law: an answer of None means that the complaint is in the report; whoever asked says no more about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from simnet.scenario.parts import is_null, value_spot
from simnet.scenario.report import Report
from simnet.scenario.tree import Entry, Items, Node, Scalar, Table, Wrong
from simnet.scenario.words import code, did_you_mean, shown

__all__ = ["choice", "items", "known_keys", "refuse", "table"]


def refuse(node: Node, report: Report, message: str, cure: str) -> None:
    """Complain of a node, unless that has been done already."""
    if not isinstance(node, Wrong):
        report.add(node.spot, message, cure)


def known_keys(node: Table, report: Report, known: Iterable[str], owner: str) -> None:
    """Complain of the keys that are not among `known`."""
    names = list(known)
    for entry in report.until_full(node.entries):
        if entry.key.text not in names:
            cure = did_you_mean(entry.key.text, names)
            report.add(entry.key.spot, f"{owner} has no {code(entry.key.text)}", cure)


def choice(entry: Entry, report: Report, kinds: Mapping[str, Any], what: str, listed_by: str = "") -> str | None:
    """The name behind the key, if it is one of `kinds`, which the command `listed_by` lists, if they are many."""
    node = entry.value
    if isinstance(node, Scalar) and not is_null(node):
        if node.text in kinds and isinstance(node.value, str):
            return node.text
        report.add(node.spot, f"there is no {what} {code(node.text)}", did_you_mean(node.text, kinds, listed_by))
    elif not isinstance(node, Wrong):
        cure = f"`{listed_by}` lists them" if listed_by else f"write one of {', '.join(kinds)}"
        report.add(entry.key.spot, f"{code(entry.key.text)} is one word, and here is {_what(node)}", cure)
    return None


def table(entry: Entry, report: Report, cure: str) -> Table | None:
    """What stands behind the key, if it is a mapping."""
    if isinstance(entry.value, Table):
        return entry.value
    _expected(entry, report, "a mapping", cure)
    return None


def items(entry: Entry | None, report: Report, cure: str) -> tuple[Node, ...] | None:
    """What stands behind the key, if it is a list; an empty one, if there is no such key."""
    if entry is None:
        return ()
    if isinstance(entry.value, Items):
        return entry.value.items
    _expected(entry, report, "a list", cure)
    return None


def _expected(entry: Entry, report: Report, due: str, cure: str) -> None:
    if not isinstance(entry.value, Wrong):
        message = f"{code(entry.key.text)} is {due}, and here is {_what(entry.value)}"
        report.add(value_spot(entry), message, cure)


def _what(node: Node) -> str:
    if isinstance(node, Scalar):
        return "nothing" if is_null(node) else shown(node.value)
    return "a list" if isinstance(node, Items) else "a mapping"
