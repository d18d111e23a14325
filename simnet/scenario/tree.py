"""YAML text as a tree whose nodes know where they stand.

Law: safe and small. Only the events of the parser are used, so no constructor ever runs; what YAML can do beyond
mappings, lists and scalars (tags, anchors, aliases, several documents) is refused by name. Scalars are those of the
YAML 1.2 core schema: `on`, `no` and `1:30` are texts, `0o7` is 7.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

import yaml

from simnet.scenario.report import NOWHERE, Report, Spot
from simnet.scenario.syntax import explain
from simnet.scenario.words import code

__all__ = ["Entry", "Items", "Node", "Scalar", "Table", "Value", "Wrong", "parse", "resolve"]

DEEPEST = 32
"""Levels of nesting; a scenario needs seven, and what reads it recurses."""

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

LONGEST_NUMBER = 40
"""Digits; Python refuses to read more than 4300, and no quantity of a scenario needs so many."""

Value = str | int | float | bool | None

_Made = yaml.ScalarEvent | yaml.CollectionStartEvent
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_WORDS: dict[str, Value] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value: `value` as resolved, `text` as written (without quotes)."""

    spot: Spot
    text: str
    value: Value


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    spot: Spot
    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """A key and what stands behind it."""

    key: Scalar
    value: Node


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping, in file order. Its keys are texts, as written, each once."""

    spot: Spot
    entries: tuple[Entry, ...]

    def get(self, key: str) -> Entry | None:
        """The entry of that key."""
        return next((entry for entry in self.entries if entry.key.text == key), None)

    def seen_at(self, spot: Spot, without: Collection[str] = ()) -> Table:
        """The same mapping, to be pointed at by `spot`, without some of its keys."""
        return Table(spot, tuple(entry for entry in self.entries if entry.key.text not in without))


@dataclass(frozen=True, slots=True)
class Wrong:
    """Something that has been complained about already: nothing more is said of it."""

    spot: Spot


Node = Scalar | Items | Table | Wrong


class _Enough(Exception):
    """Nothing more of the file need be read."""


def parse(text: str, report: Report) -> Node | None:
    """The tree of `text`, complete but for what went to `report`; None where there is nothing to look at."""
    try:
        return _Builder(text, report).document()
    except _Enough:
        return None
    except yaml.YAMLError as error:
        report.add(*explain(error, report.lines))
        return None


class _Builder:
    """Makes nodes of events; `yaml.parse` is a generator, so no more is read than is asked for."""

    def __init__(self, text: str, report: Report) -> None:
        self._events: Iterator[yaml.Event] = yaml.parse(text, Loader=_LOADER)
        self._report = report

    def document(self) -> Node | None:
        self._directives()
        next(self._events)  # the start of the stream
        if isinstance(next(self._events), yaml.StreamEndEvent):
            self._report.add(NOWHERE, "there is nothing in it", "begin with `simnet: 1`")
            return None
        root = self._node(next(self._events), 1)
        next(self._events)  # the end of the document
        after = next(self._events)
        if not isinstance(after, yaml.StreamEndEvent):
            self._refuse(_spot(after), "a second document begins here", "one file holds one scenario: make it two files")
        return root

    def _directives(self) -> None:
        """Lines such as `%YAML 1.1` above the document: libyaml refuses those it does not know, PyYAML skips them."""
        lines = enumerate(self._report.lines, 1)
        number, line = next(((n, text) for n, text in lines if text.strip() and not text.startswith("#")), (0, ""))
        if line.startswith("%"):
            self._refuse(Spot(number, 1, len(line)), "there are no directives in a scenario", "remove the line")
            raise _Enough

    def _node(self, event: yaml.Event, depth: int) -> Node:
        spot = _spot(event)
        if isinstance(event, yaml.AliasEvent):
            return self._refuse(spot, f"there are no aliases (`*{event.anchor}`) in a scenario", "write it out here")
        assert isinstance(event, _Made), "the parser's grammar: a node begins here"
        wrong = self._decorated(event, spot)
        if isinstance(event, yaml.ScalarEvent):
            return wrong or self._scalar(event, spot)
        if depth > DEEPEST:
            self._refuse(spot, f"this is nested more than {DEEPEST} levels deep", "a scenario needs seven")
            raise _Enough
        children = self._items if isinstance(event, yaml.SequenceStartEvent) else self._table
        node = children(spot, depth + 1)
        return wrong or node

    def _decorated(self, event: _Made, spot: Spot) -> Wrong | None:
        """A tag or an anchor, if the node has one; an anchor alone does no harm to what is read."""
        if event.anchor is not None:
            self._refuse(spot, f"there are no anchors (`&{event.anchor}`) in a scenario", f"remove `&{event.anchor}`")
        if event.tag is None:
            return None
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        return self._refuse(spot, f"there are no tags (`{tag}`) in a scenario", "remove it; a text goes in quotes")

    def _scalar(self, event: yaml.ScalarEvent, spot: Spot) -> Node:
        text: str = event.value
        if re.search("[\ud800-\udfff]", text):
            return self._refuse(spot, "this text holds half a character (a surrogate)", "write the character itself")
        if not event.implicit[0]:
            return Scalar(spot, text, text)
        if _NUMBER.fullmatch(text) and len(text) > LONGEST_NUMBER:
            return self._refuse(spot, f"this number has {len(text)} digits", f"the longest has {LONGEST_NUMBER}")
        return Scalar(spot, text, resolve(text))

    def _items(self, spot: Spot, depth: int) -> Items:
        items = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, depth))
        return Items(spot, tuple(items))

    def _table(self, spot: Spot, depth: int) -> Table:
        entries: dict[str, Entry] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key, value = self._node(event, depth), self._node(next(self._events), depth)
            if not isinstance(key, Scalar):
                self._refuse(key.spot, "a key is one word", "write `key: value`")
            elif key.text in entries:
                first = entries[key.text].key.spot.line
                self._refuse(key.spot, f"{code(key.text)} is here twice", f"the first is in line {first}; keep one")
            else:
                entries[key.text] = Entry(key, value)
        return Table(spot, tuple(entries.values()))

    def _refuse(self, spot: Spot, message: str, cure: str) -> Wrong:
        self._report.add(spot, message, cure)
        if self._report.full:
            raise _Enough
        return Wrong(spot)


def _spot(event: yaml.Event) -> Spot:
    """Where the event stands; of more than one line, its first character."""
    start, end = event.start_mark, event.end_mark
    assert start is not None, "libyaml and PyYAML mark every event"
    assert end is not None, "libyaml and PyYAML mark every event"
    width = end.column - start.column if end.line == start.line else 1
    return Spot(start.line + 1, start.column + 1, max(1, width))


def resolve(text: str) -> Value:
    """The value of a plain scalar by the YAML 1.2 core schema (section 10.3.2 of its specification)."""
    if text in _WORDS:
        return _WORDS[text]
    if re.fullmatch(r"0o[0-7]+|0x[0-9a-fA-F]+", text):
        return int(text, 0)
    if re.fullmatch(r"[-+]?[0-9]+", text):
        return int(text)
    if _NUMBER.fullmatch(text):
        return float(text)
    special = re.fullmatch(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", text)
    return float(text.replace(".", "")) if special else text
