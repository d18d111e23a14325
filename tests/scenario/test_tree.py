"""YAML as simnet reads it: the core schema's scalars, exact spots, the same with libyaml and without."""

from __future__ import annotations

import math

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.scenario import tree
from simnet.scenario.report import Report, Spot
from simnet.scenario.tree import Items, Node, Scalar, Table, parse, resolve


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("on", "on"), ("off", "off"), ("yes", "yes"), ("no", "no"), ("y", "y"), ("N", "N"), ("NO", "NO"),
        ("true", True), ("True", True), ("FALSE", False), ("tRUE", "tRUE"),
        ("", None), ("~", None), ("null", None), ("NULL", None), ("nUll", "nUll"), ("none", "none"),
        ("0", 0), ("-7", -7), ("+7", 7), ("010", 10), ("0o10", 8), ("0x1F", 31), ("0b11", "0b11"), ("1_000", "1_000"),
        ("1:30", "1:30"), ("1:30:00", "1:30:00"), ("190:20:30.15", "190:20:30.15"),
        ("1.5", 1.5), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-1.5E-3", -0.0015), ("1e", "1e"), (".", "."),
        (".inf", math.inf), ("-.INF", -math.inf), ("inf", "inf"), ("nan", "nan"),
        ("2026-01-01", "2026-01-01"), ("=", "="), ("<<", "<<"), ("1-2", "1-2"), ("4-", "4-"), ("17 B", "17 B"),
        ("127.0.0.1", "127.0.0.1"), ("٣", "٣"),
    ],
)  # fmt: skip
def test_a_plain_scalar_is_what_the_core_schema_says(text: str, value: object) -> None:
    """YAML 1.2 section 10.3.2, to the type: no surprise of YAML 1.1 is left."""
    found = resolve(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_number() -> None:
    """`.nan` is the float that is not equal to itself."""
    found = resolve(".nan")
    assert isinstance(found, float)
    assert math.isnan(found)


def test_quotes_make_a_text() -> None:
    """What is quoted or a block is a text, whatever it looks like."""
    root = parse("- '1'\n- \"null\"\n- |\n  true\n- 1\n", Report("f"))
    assert isinstance(root, Items)
    assert [item.value for item in root.items if isinstance(item, Scalar)] == ["1", "null", "true\n", 1]


def test_every_node_knows_its_spot() -> None:
    """Line, column and width count characters from 1, also behind characters that take several bytes."""
    root = parse("a: 'é→𝄞' \nb:\n  - {größe: x y}\n", Report("f"))
    assert isinstance(root, Table)
    first, second = root.entries
    assert (first.key.spot, first.value.spot) == (Spot(1, 1, 1), Spot(1, 4, 5))
    assert isinstance(second.value, Items)
    inner = second.value.items[0]
    assert isinstance(inner, Table)
    assert (inner.entries[0].key.spot, inner.entries[0].value.spot) == (Spot(3, 6, 5), Spot(3, 13, 3))


def _plainly(node: Node | None) -> object:
    """The tree without its spots: PyYAML and libyaml differ by a column where nothing is written."""
    if isinstance(node, Table):
        return {entry.key.text: _plainly(entry.value) for entry in node.entries}
    if isinstance(node, Items):
        return [_plainly(item) for item in node.items]
    return repr(node.value) if isinstance(node, Scalar) else node and "wrong"


TOKENS = ["a", "b", ": ", ":", "\n", "\n  ", "- ", "[", "]", "{", "}", ", ", "'", '"', "#", " ", "1", "|\n", "?", "~"]


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=20).map("".join))
def test_without_libyaml_the_trees_are_the_same(text: str) -> None:
    """A text that both parsers take gives one tree; where one refuses, neither raises anything."""
    with pytest.MonkeyPatch.context() as patch:
        reports = Report("f", text), Report("f", text)
        patch.setattr(tree, "_LOADER", yaml.SafeLoader)
        slow = parse(text, reports[0])
        patch.setattr(tree, "_LOADER", getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        fast = parse(text, reports[1])
    if slow is not None and fast is not None:
        assert _plainly(slow) == _plainly(fast)
