"""The house keeps its order: who may import whom, how long a file may be, and what belongs to each kind.

The table below is the plan of the house (its words are in the head of `simnet/__init__.py`); the imports are read from
the source by `ast`, functions and `if TYPE_CHECKING` included, so that none hides.
"""

from __future__ import annotations

import ast
import ipaddress
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from simnet.checks import CHECKS
from simnet.faults import KINDS
from simnet.services import PROTOCOLS

ROOT: Final = Path(__file__).parent.parent
HOUSE: Final = ROOT / "simnet"
SOURCES: Final = sorted(HOUSE.rglob("*.py"))
TESTS: Final = sorted((ROOT / "tests").rglob("*.py"))

CONTRACTS: Final = ("faults.contract", "verdicts", "services.contract")

MAY_IMPORT: Final[Mapping[str, tuple[str, ...]]] = {
    "errors": (),
    "values": (),
    "verdicts": ("verdicts",),
    "faults": ("faults.contract", "verdicts", "values"),
    "services": ("services.contract", "services.http1", "services.scripting", "verdicts", "values"),
    "trace": ("trace", "errors", "values"),
    "checks": ("checks.contract", "checks.per_call", "checks.per_link", "checks.sampled", "trace", "errors", "values"),
    "reports": ("reports", "checks.contract", "trace", "errors", "values"),
    "grading": ("grading", "checks.contract", "checks.judge", "trace", "errors", "values"),
    "matrix": (
        "matrix",
        "faults",
        "services",
        "scenario",
        "trace",
        "reports.markup",
        "reports.shell",
        "errors",
        "values",
    ),
    "scenario": ("scenario", "faults", "services", "checks", "verdicts", "errors", "values"),
    "recording": ("recording", "scenario", "services.scripting", "values"),
    "plan": (
        "plan",
        "scenario.model",
        "scenario.resolver",
        "scenario.sense",
        "checks.contract",
        *CONTRACTS,
        "errors",
        "values",
    ),
    "world": ("world", "plan", "trace", *CONTRACTS, "errors", "values"),
}
"""Room -> what its files may import of simnet; a name stands for itself and all that lies in it."""

TOP: Final = {"__init__", "__main__", "api", "display", "expect", "fronts", "grader", "simulation", "strategies"}
"""These put the rooms together: they may import everything."""

WITH_IO: Final = {"world", "fronts", "grader", "simulation"}
"""Only these touch sockets, processes, threads and the event loop."""

IO_MODULES: Final = {
    "_socket", "asyncio", "multiprocessing", "select", "selectors", "socket", "ssl", "subprocess", "threading", "trio",
}  # fmt: skip
CLOCKS: Final = {"time", "datetime"}

MOST_LINES: Final = 300
MOST_LINES_OF_A_TEST: Final = 400
LONGER: Final = {"values.py": 350, "events.py": 420, "run.py": 340}
"""All quantities stand together, and all events, so that they are alike; the world is one thing to hold. Each part is short."""

CATCH_ALL: Final = {"utils", "util", "helpers", "helper", "common", "misc", "base", "tools"}

ELSEWHERE: Final = {
    "tests/test_values.py": {"10.0.0.1"},  # refused there, never used
    "tests/test_rooms.py": {"10.0.0.1", "0.0.0.0", "::"},  # this table
    "tests/campaigns/socket_plays.py": {"0.0.0.0", "::"},  # whom bind(2) lets beside the wildcard
    "tests/fronts/test_record.py": {"10.0.0.1"},  # refused there
    "tests/services/test_proxy.py": {"10.0.0.1"},  # refused, or only planned
    "tests/kernel/conftest.py": {"0.0.0.0", "::"},  # the wildcard, whose bind(2) must fail
    "tests/kernel/test_holder.py": {"0.0.0.0", "::"},  # as the kernel names it
    "tests/fronts/test_diagnose.py": {"0.0.0.0", "::"},  # likewise
}
"""Addresses outside loopback that tests may name, and where."""


def room_of(path: Path) -> str:
    """The room that a source file lies in: a folder, or a module of its own."""
    return path.relative_to(HOUSE).with_suffix("").parts[0]


def modules_in(source: str, house: Path = HOUSE) -> Iterator[str]:
    """Every module that the source imports; of `from a import b` also `a.b`, where that is a file of the house."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            base = node.module or ""
            inner = [alias.name for alias in node.names if _is_module(house, f"{base}.{alias.name}")]
            yield from (f"{base}.{name}" for name in inner)
            if len(inner) < len(node.names):
                yield base


def _is_module(house: Path, name: str) -> bool:
    place = house.parent.joinpath(*name.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def trespasses(room: str, source: str) -> list[str]:
    """What a file of that room imports of simnet though the table does not let it."""
    ours = [
        name.removeprefix("simnet").removeprefix(".") for name in modules_in(source) if name.split(".")[0] == "simnet"
    ]
    allowed = MAY_IMPORT[room]
    return [name for name in ours if not any(name == door or name.startswith(f"{door}.") for door in allowed)]


def label(path: Path) -> str:
    """The path as one would write it."""
    return path.relative_to(ROOT).as_posix()


sources = pytest.mark.parametrize("path", SOURCES, ids=label)
pure = pytest.mark.parametrize("path", [p for p in SOURCES if room_of(p) not in WITH_IO], ids=label)
in_rooms = pytest.mark.parametrize("path", [p for p in SOURCES if room_of(p) not in TOP], ids=label)


def test_the_table_has_every_room() -> None:
    """A new room says here whom it may know."""
    assert {room_of(path) for path in SOURCES} == set(MAY_IMPORT) | TOP


@in_rooms
def test_a_room_imports_what_it_may(path: Path) -> None:
    """Data goes one way through the house; no room knows what comes after it."""
    assert trespasses(room_of(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("room", "source", "found"),
    [
        ("world", "from simnet.faults.refuse import RefuseFault", ["faults.refuse"]),
        ("world", "from simnet.faults import KINDS", ["faults"]),
        ("world", "from simnet.faults import contract, KINDS", ["faults"]),
        ("world", "def late() -> None:\n    import simnet.scenario.load", ["scenario.load"]),
        ("plan", "from simnet import scenario", ["scenario"]),
        ("plan", "from simnet.scenario import model, load", ["scenario.load"]),
        ("trace", "import simnet", [""]),
        ("faults", "from simnet.faults.contract import Fault\nfrom simnet.errors import SimnetError", ["errors"]),
        ("checks", "from simnet.checks.attempts import Attempts", ["checks.attempts"]),
        ("world", "from simnet.world.door import Door\nimport simnet.plan.plan", []),
        ("scenario", "from simnet.faults import KINDS\nfrom simnet.faults.contract import Fault", []),
    ],
)
def test_a_trespass_is_seen(room: str, source: str, found: list[str]) -> None:
    """The guard itself is tried: whatever way an import is written, and however it is hidden."""
    assert trespasses(room, source) == found


@sources
def test_nothing_imports_the_fronts(path: Path) -> None:
    """The fronts are thin and last: simnet works without any of them (`python -m simnet` is one)."""
    imported = set(modules_in(path.read_text(encoding="utf-8")))
    fronts = {name for name in imported if name == "simnet.fronts" or name.startswith("simnet.fronts.")}
    assert not fronts or room_of(path) in {"fronts", "__main__"}


@pure
def test_only_the_world_and_the_fronts_do_io(path: Path) -> None:
    """What a fault, a plan or a check says is the same on every machine: none of them can reach a socket or a clock."""
    roots = {name.split(".")[0] for name in modules_in(path.read_text(encoding="utf-8"))}
    assert not roots & (IO_MODULES | CLOCKS)


@pytest.mark.parametrize("path", [*SOURCES, *TESTS], ids=label)
def test_a_file_is_short_and_says_what_it_is_for(path: Path) -> None:
    """A file opens with its law and can be read in one go; a test may be longer by its cases."""
    text = path.read_text(encoding="utf-8")
    most = LONGER.get(path.name, MOST_LINES) if HOUSE in path.parents else MOST_LINES_OF_A_TEST
    assert len(text.splitlines()) <= most, "split it: two things live here"
    said = ast.get_docstring(ast.parse(text))
    assert said, "say in the first line what this file is for"
    assert path.stem not in CATCH_ALL, "name it by what it does"


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_is_three_files(kind: str) -> None:
    """Adding a kind adds its module, its test and its scenario, and edits nothing else."""
    expected = [f"simnet/faults/{kind}.py", f"tests/faults/test_{kind}.py", f"scenarios/{kind}.yaml"]
    assert [place for place in expected if not (ROOT / place).is_file()] == []


def test_no_fault_has_left_a_file_behind() -> None:
    """A test or a module of a kind that is no more is dead weight."""
    modules = {path.stem for path in (HOUSE / "faults").glob("*.py")} - {"__init__", "contract"}
    tests = {path.stem.removeprefix("test_") for path in (ROOT / "tests" / "faults").glob("test_*.py")} - {"contract"}
    assert modules == tests == set(KINDS)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_service_is_two_files(protocol: str) -> None:
    """Adding a protocol adds its module and its test."""
    expected = [f"simnet/services/{protocol}.py", f"tests/services/test_{protocol}.py"]
    assert [place for place in expected if not (ROOT / place).is_file()] == []


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_two_files(check: str) -> None:
    """Adding a check adds its module and its test; the three counts share one."""
    counts = ROOT / "tests" / "checks" / "test_counts.py"
    shared = check in {"attempts", "connections", "requests"} and counts.is_file()
    assert (HOUSE / "checks" / f"{check}.py").is_file()
    assert shared or (ROOT / "tests" / "checks" / f"test_{check}.py").is_file()


def addresses_in(text: str) -> set[str]:
    """Every IP address in the text that is not one of loopback."""
    found = set(re.findall(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])", text))
    found |= set(re.findall(r"(?<![\w:.])[0-9A-Fa-f]*(?:::|:[0-9A-Fa-f]+:)[0-9A-Fa-f:]*(?![\w:.])", text))
    return {address for address in found if _is_address(address) and not ipaddress.ip_address(address).is_loopback}


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def _said(path: Path) -> str:
    """What the file says to a machine: of Python its texts without docstrings (which cite sections such as 3.10.7.1)."""
    if path.suffix != ".py":
        return path.read_text(encoding="utf-8")
    tree = ast.parse(path.read_text(encoding="utf-8"))
    prose = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    texts = [node for node in ast.walk(tree) if isinstance(node, ast.Constant) and id(node) not in prose]
    return "\n".join(str(node.value) for node in texts if isinstance(node.value, str))


FILES_WITH_ADDRESSES: Final = [
    path
    for folder in ("tests", "scenarios")
    for path in sorted((ROOT / folder).rglob("*"))
    if path.suffix in {".py", ".yaml", ".json", ".jsonl", ".txt"} and "malformed" not in path.parts
]


@pytest.mark.parametrize("path", FILES_WITH_ADDRESSES, ids=label)
def test_nothing_outside_loopback_is_named(path: Path) -> None:
    """No test and no scenario can send a packet to a real network, even by mistake."""
    assert addresses_in(_said(path)) <= ELSEWHERE.get(label(path), set())


FOREIGN: Final = f"{192}.0.2.1", f"{2001}:db8::1"
"""Addresses of the documentation networks (RFC 5737, RFC 3849), put together so that they do not stand here."""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (f"at: {FOREIGN[0]}", {FOREIGN[0]}),
        (f"http://{FOREIGN[0]}:8080/ and [{FOREIGN[1]}]:80", set(FOREIGN)),
        (f"{FOREIGN[1]}", {FOREIGN[1]}),
        (f"section {FOREIGN[0]}.7, 127.0.0.1, [::1]:8080, 1:2:3, tests/test_a.py::test_b", set()),
    ],
)
def test_a_foreign_address_is_seen(text: str, found: set[str]) -> None:
    """The guard itself is tried: with a port, in brackets, alone; and what only looks like an address is none."""
    assert addresses_in(text) == found
