"""Whatever goes in, a Scenario or a ScenarioError comes out."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from simnet.errors import ScenarioError
from simnet.faults import KINDS
from simnet.scenario import load_file, load_text
from simnet.scenario.load import LARGEST
from simnet.scenario.report import MOST_PROBLEMS
from simnet.services import PROTOCOLS

VALID = """\
simnet: 1
title: One of everything
about: |
  Two attempts are refused,
  the fourth loses its reply.
seed: 7
services:
  api:
    at: 127.20.0.1:8080
    http:
      routes:
        - {path: /users, status: 503, retry_after: 2s, headers: {X-A: "1"}}
    faults:
      - fault: refuse
        when: {attempts: 1-2}
      - fault: latency
        delay: 200ms
        jitter: 50ms
      - {fault: stall, after: 17 B, for: 3s, when: {chance: 10%, during: 5s..8s}}
  db: {}
client:
  open_files: 24
expect:
  - attempts: {service: api, at_most: 5}
  - finishes: {within: 30s, exit: 0}
"""

WORDS = [
    *("simnet", "title", "about", "seed", "services", "client", "expect", "at", "speaks", "faults", "fault", "when"),
    *("attempts", "connections", "requests", "during", "chance", "after", "for", "delay", "required", "routes", "api"),
    *(
        "service",
        "at_most",
        "exactly",
        "finishes",
        "open_files",
        "headers",
        "status",
        "[key]",
        "",
        "~",
        "on",
        "5s",
        "1-2",
    ),
    *("17 B", "10%", "5s..8s", "127.0.0.1:80", "[::1]:80", "9" * 400 + "s", "9" * 400 + " B", "\x00", "\u2028", "é"),
    *KINDS,
    *PROTOCOLS,
]
TOKENS = [
    *WORDS,
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "[",
    "]",
    "{",
    "}",
    ", ",
    "'",
    '"',
    "#",
    "&a ",
    "*a",
    "!t ",
    "|\n",
    ">",
    "\t",
    "---\n",
    "...",
]

many = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def loads_or_is_refused(text: str) -> None:
    """The property of this file: anything else that is raised fails the test."""
    try:
        load_text(text)
    except ScenarioError as error:
        refusal = error
    else:
        return
    shown = str(refusal)
    lines = [problem.line for problem in refusal.problems if problem.line]
    assert lines == sorted(lines)
    assert 1 <= len(refusal.problems) <= MOST_PROBLEMS + 1
    assert all(len(row) < 1000 for row in shown.splitlines())
    assert not any(ord(character) < 32 and character != "\n" for character in shown)


def test_the_file_that_the_others_mutate_is_valid() -> None:
    """VALID loads, with both services."""
    assert list(load_text(VALID).services) == ["api", "db"]


@many
@given(st.text(st.characters()))
@example("\ud800")
@example("\ufeff" + VALID)
@example("a: &a [*a]")
@example("? ? ? a\n")
@example("%YAML 9.9\n---\n")
@example("\r\r\n")
def test_any_text(text: str) -> None:
    """Random text, lone surrogates and control characters among it."""
    loads_or_is_refused(text)


@many
@given(st.lists(st.sampled_from(TOKENS), max_size=40).map("".join))
def test_text_that_looks_like_a_scenario(text: str) -> None:
    """The words and marks of the format in random order."""
    loads_or_is_refused(text)
    loads_or_is_refused("simnet: 1\nservices:\n  api:\n    " + text)


@settings(many, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(
    data=st.binary(max_size=200)
    | st.tuples(st.integers(0, len(VALID)), st.binary(max_size=3)).map(lambda cut: VALID.encode()[: cut[0]] + cut[1])
)
def test_any_bytes(data: bytes, tmp_path: Path) -> None:
    """Files of random bytes, and valid ones cut short and followed by random bytes."""
    file = tmp_path / "scenario.yaml"
    file.write_bytes(data)
    with contextlib.suppress(ScenarioError):
        load_file(file)


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=8)
STRUCTURES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)


@many
@given(STRUCTURES)
def test_any_structure(structure: object) -> None:
    """Random YAML structures, written as JSON (which is YAML)."""
    loads_or_is_refused(json.dumps(structure))


def _plant(root: object, path: list[int], value: object) -> object:
    """`root` with `value` in place of what the path of positions leads to."""
    if not path or not isinstance(root, dict | list) or not root:
        return value
    if isinstance(root, list):
        at = path[0] % len(root)
        return [_plant(item, path[1:], value) if number == at else item for number, item in enumerate(root)]
    key = list(root)[path[0] % len(root)]
    return {name: _plant(item, path[1:], value) if name == key else item for name, item in root.items()}


TREE = {
    "simnet": 1,
    "services": {
        "api": {
            "at": "127.0.0.1:80",
            "http": {"routes": [{"path": "/a", "headers": {"X": "1"}}]},
            "faults": [
                {"fault": "latency", "delay": "1s", "when": {"connections": "1"}},
                {"fault": "syn_loss", "lose": 2},
            ],
        }
    },
    "client": {"open_files": 24},
    "expect": [{"attempts": {"service": "api", "at_most": 3}}, {"finishes": {"exit": 0}}],
}


@many
@given(st.lists(st.integers(0, 5), max_size=7), STRUCTURES)
def test_a_valid_structure_with_something_else_in_one_place(path: list[int], value: object) -> None:
    """A valid tree in which one branch is replaced by any other."""
    loads_or_is_refused(json.dumps(_plant(TREE, path, value)))


@st.composite
def mutations(draw: st.DrawFn) -> str:
    """VALID with a few places cut out, doubled or overwritten."""
    text = VALID
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 12)))
        text = text[:start] + draw(st.sampled_from([*TOKENS, text[start:end] * 2]) | st.text(max_size=3)) + text[end:]
    return text


@many
@given(mutations())
def test_a_valid_file_with_slips_of_the_pen(text: str) -> None:
    """A valid file with random edits."""
    loads_or_is_refused(text)


def test_a_file_of_ten_megabytes_is_not_read_to_its_end(tmp_path: Path) -> None:
    """Beyond 1 MiB a file is refused by its size, whatever it holds, and one of exactly 1 MiB is read."""
    large = tmp_path / "large.yaml"
    large.write_bytes(b"# " + b"x" * (10 * LARGEST))
    with pytest.raises(ScenarioError, match="larger than 1 MiB"):
        load_file(large)
    head = b"simnet: 1\nservices: {api: {}}\n#"
    large.write_bytes(head + b"x" * (LARGEST - len(head)))
    assert list(load_file(large).services) == ["api"]
    with pytest.raises(ScenarioError, match="larger than 1 MiB"):
        load_text("#" * (LARGEST + 1))


@pytest.mark.parametrize(
    ("head", "line"),
    [
        ("", "key{}: [[[]]]\n"),
        ("services:\n", "  {}: {{}}\n"),
        ("services:\n", "  s{}: []\n"),
        ("services:\n  api:\n", "    key{}: {{}}\n"),
        ("services:\n  api:\n    faults:\n", "      - {{fault: kind{}}}\n"),
        ("services:\n  api:\n    faults:\n", "      - {{fault: stall, key{}: 1}}\n"),
        ("services:\n  api:\n    faults:\n      - fault: stall\n", "        key{}: 1\n"),
        ("services:\n  api: {{}}\nexpect:\n", "  - attempts: {{exactly: 1, service: s{}}}\n"),
        ("services:\n  api:\n    http:\n      routes:\n", "        - {{key{}: 1}}\n"),
    ],
)
def test_a_file_of_nothing_but_mistakes_stops_soon(head: str, line: str) -> None:
    """After so many mistakes the rest is left out, that is said, and no time is spent on suggestions for it."""
    with pytest.raises(ScenarioError) as caught:
        load_text("simnet: 1\n" + head.format() + "".join(line.format(number) for number in range(6_000)))
    assert len(caught.value.problems) == MOST_PROBLEMS + 1
    assert "more mistakes" in str(caught.value)


def test_a_missing_file_and_its_neighbour(tmp_path: Path) -> None:
    """A file that is not there is refused, and the one that was probably meant is named."""
    (tmp_path / "refuse.yaml").write_text(VALID)
    with pytest.raises(ScenarioError) as caught:
        load_file(tmp_path / "refuse.yml")
    assert str(caught.value) == f"{tmp_path}/refuse.yml: there is no such file\n    did you mean {tmp_path}/refuse.yaml?"


def test_a_directory_and_an_impossible_name(tmp_path: Path) -> None:
    """What is no file at all is refused in a sentence."""
    with pytest.raises(ScenarioError, match="this is a directory"):
        load_file(tmp_path)
    for name in ("a\0b", str(tmp_path / ("x" * 300)), f"{tmp_path}/none/none.yaml", ""):
        with pytest.raises(ScenarioError):
            load_file(name)


def test_a_file_without_leave_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """EACCES is a ScenarioError with the cure (root may read anything, so the kernel's answer is stood in for)."""
    file = tmp_path / "mine.yaml"
    file.write_text(VALID)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ScenarioError, match="chmod u\\+r"):
        load_file(file)
