"""One mapping of the file -> one frozen value, by the model that knows its keys.

Law: what is validated is JSON of the tree, strictly: nothing is converted that the author did not write, so `"yes"` is
no truth value and `"3"` no number. Each complaint of the model is led back to the spot that it is about.
"""

from __future__ import annotations

import json
import re
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from simnet.scenario.report import Report, Spot
from simnet.scenario.sense import Path
from simnet.scenario.sentences import empty, model_at, owner_at, sentence
from simnet.scenario.tree import Entry, Items, Node, Scalar, Table, Wrong

__all__ = ["is_null", "node_at", "part", "spot_at", "value_spot"]

M = TypeVar("M", bound=BaseModel)


def is_null(node: Node) -> bool:
    """Whether nothing is written there, or `null`."""
    return isinstance(node, Scalar) and node.value is None


def value_spot(entry: Entry) -> Spot:
    """Where to point for what stands behind a key: at a single value; at the key, where there is none or much."""
    return entry.value.spot if isinstance(entry.value, Scalar) and not is_null(entry.value) else entry.key.spot


def spot_at(root: Node, path: Path, *, at_key: bool = False) -> Spot:
    """The spot of what stands at `path`, or of the last thing on the way there that exists."""
    node, spot = root, root.spot
    for step in path:
        if isinstance(node, Table) and (entry := node.get(str(step))) is not None:
            node, spot = entry.value, entry.key.spot if at_key else value_spot(entry)
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
            spot = node.spot
    return spot


def node_at(root: Node, path: Path) -> Node:
    """What stands at `path`; the last thing on the way there, if nothing does."""
    node = root
    for step in path:
        if isinstance(node, Table) and (entry := node.get(str(step))) is not None:
            node = entry.value
        elif isinstance(node, Items) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node


def part(model: type[M], table: Table, report: Report, owner: str) -> M | None:
    """The value of `model` that `table` describes; None if something is wrong with it, and `report` knows what.

    `owner` is what the author calls it.
    """
    gaps: set[Path] = set()
    data = json.dumps(_plain(table, (), gaps))
    for path in report.until_full(gaps):
        if is_null(node_at(table, path)):
            report.add(spot_at(table, path, at_key=True), *empty(model_at(model, path[:-1]), str(path[-1])))
    try:
        made = model.model_validate_json(data, strict=True)
    except ValidationError as error:
        for each in report.until_full(error.errors(include_url=False)):
            if each["loc"] not in gaps:
                report.add(*_complaint(each, model, table, owner))
        return None
    except OverflowError:
        report.add(_overflowing(table), "this number is too large", "write one that a machine could have")
        return None
    return None if gaps else made


def _plain(node: Node, path: Path, gaps: set[Path]) -> object:
    """The node as what JSON knows, without the keys that have nothing behind them, or nothing usable (`gaps`)."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Items):
        return [_plain(item, (*path, number), gaps) for number, item in enumerate(node.items)]
    if isinstance(node, Wrong):
        gaps.add(path)
        return None
    found = {}
    for entry in node.entries:
        here = (*path, entry.key.text)
        if is_null(entry.value) or isinstance(entry.value, Wrong):
            gaps.add(here)
        else:
            found[entry.key.text] = _plain(entry.value, here, gaps)
    return found


def _complaint(error: ErrorDetails, model: type[BaseModel], table: Table, owner: str) -> tuple[Spot, str, str]:
    """Where to point, and the sentence with its cure."""
    loc = error["loc"]
    message, cure = sentence(error, model_at(model, loc[:-1]), owner_at(loc, owner))
    if error["type"] == "missing":
        return spot_at(table, loc[:-1], at_key=True), message, cure
    of_key = error["type"] == "extra_forbidden" or loc[-1:] == ("[key]",)
    return _mentioned(table, loc, f"{message} {cure}") or spot_at(table, loc, at_key=of_key), message, cure


def _mentioned(table: Table, path: Path, message: str) -> Spot | None:
    """If a whole mapping is wrong, the key in it that the message speaks of first."""
    node = node_at(table, path)
    if not isinstance(node, Table):
        return None
    entries = {entry.key.text: entry for entry in node.entries}
    words = [word for word in re.findall(r"\w+", message) if word in entries]
    return value_spot(entries[words[0]]) if words else None


def _overflowing(table: Table) -> Spot:
    """The number in the table that no float can hold."""
    for entry in table.entries:
        if isinstance(entry.value, Scalar) and re.search(r"\d{300}", entry.value.text):
            return entry.value.spot
        if isinstance(entry.value, Table) and (spot := _overflowing(entry.value)) != entry.value.spot:
            return spot
    return table.spot
