"""Every file under `scenarios/` is what it claims to be: valid, one for each kind of fault, with a command to try.

Nothing is brought up here. What holds for every scenario is asked of all files, what makes a good page of the book of
failures only of those at the top: one for each kind, and the stories.
"""

from __future__ import annotations

import ast
import functools
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

from simnet.checks.contract import CountCheck
from simnet.checks.finishes import Finishes
from simnet.faults import KINDS
from simnet.faults.contract import Stage
from simnet.plan.lease import DRY_LEASE
from simnet.plan.plan import make_plan
from simnet.scenario import Scenario, dump, load_file, load_text, schema

FOLDER: Final = Path(__file__).parent.parent / "scenarios"
FILES: Final = sorted(FOLDER.glob("**/*.yaml"))
PAGES: Final = sorted(FOLDER.glob("*.yaml"))

files = pytest.mark.parametrize("path", FILES, ids=[path.stem for path in FILES])
pages = pytest.mark.parametrize("path", PAGES, ids=[path.stem for path in PAGES])
kinds = pytest.mark.parametrize("kind", KINDS)


def command_of(path: Path) -> list[str]:
    """The command to try, as a shell would split the first line."""
    first = path.read_text(encoding="utf-8").splitlines()[0]
    return shlex.split(first.removeprefix("# "))


def names_of(scenario: Scenario) -> list[str]:
    """Its services; with names, the resolver that is brought up for them too."""
    return [*scenario.services, *(["dns"] if scenario.names else [])]


@files
def test_it_dumps_and_loads_equal(path: Path) -> None:
    """The file is valid, and what `simnet dump` makes of it means the same."""
    scenario = load_file(path)
    assert load_text(dump(scenario)) == scenario


@files
def test_it_makes_a_plan(path: Path) -> None:
    """Every service gets an address of its own and keeps its faults, numbered from 1."""
    scenario = load_file(path)
    plan = make_plan(scenario, DRY_LEASE)
    assert [service.name for service in plan.services] == names_of(scenario)
    assert len({service.endpoint for service in plan.services}) == len(plan.services)
    for service in plan.services[: len(scenario.services)]:
        assert [planned.number for planned in service.faults] == list(range(1, len(service.faults) + 1))
        assert tuple(planned.fault for planned in service.faults) == scenario.services[service.name].faults


@functools.cache
def editor() -> Any:
    """What an editor judges a file by: the published JSON Schema, in the dialect that the schema names."""
    shape: dict[str, Any] = schema()
    validator = jsonschema.validators.validator_for(shape)
    validator.check_schema(shape)
    return validator(shape)


@files
def test_an_editor_finds_nothing_wrong(path: Path) -> None:
    """The file is valid by the published JSON Schema."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert [error.message for error in editor().iter_errors(document)] == []


@pages
def test_it_teaches(path: Path) -> None:
    """A title in one line, and an `about` of some sentences that says what a good client does."""
    scenario = load_file(path)
    assert 10 < len(scenario.title) < 70
    assert not scenario.title.endswith(".")
    assert "A good client" in scenario.about or "A good server" in scenario.about
    assert 150 < len(scenario.about) < 700


@pages
def test_its_first_line_is_a_command_to_try(path: Path) -> None:
    """It runs this very file, and finds its services in the environment that simnet gives it."""
    command = command_of(path)
    assert command[:4] == ["simnet", "run", str(path.relative_to(FOLDER.parent)), "--"]
    assert command[4:6] == ["sh", "-c"]
    variables = {name.upper() for name in names_of(load_file(path))}
    assert set(re.findall(r"SIMNET_([A-Z]+)_(?:URL|HOST|PORT|ADDR)", command[6])) == variables


@pages
def test_its_command_is_one_that_a_shell_understands(path: Path) -> None:
    """Quotes and loops are closed; the Python in it is Python."""
    command = command_of(path)
    shell = shutil.which("sh")
    assert shell is not None
    checked = subprocess.run([shell, "-n", "-c", command[6]], capture_output=True, text=True, check=False, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, "")
    for code in re.findall(r'python3 -c "((?:\\.|[^"\\])*)"', command[6]):
        ast.parse(code.replace('\\"', '"'))


@kinds
def test_each_kind_has_its_file(kind: str) -> None:
    """The file is named like the kind and its services and names fail by that kind alone."""
    scenario = load_file(FOLDER / f"{kind}.yaml")
    faults = [fault for spec in scenario.services.values() for fault in spec.faults]
    faults += [spec.fault for spec in scenario.names.values() if spec.fault is not None]
    assert {fault.kind for fault in faults} == {kind}


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.stage is not Stage.LOCAL])
def test_what_each_file_expects_can_fail(kind: str) -> None:
    """A client that tries for ever, or not at all, breaks an expectation (a bind has no client to expect things of)."""
    scenario = load_file(FOLDER / f"{kind}.yaml")
    counts = [check for check in scenario.expect if isinstance(check, CountCheck)]
    assert any(not check.holds(10_000) for check in counts)
    assert any(not check.holds(0) for check in counts)


@pages
def test_it_can_be_judged_without_a_program_of_simnets_own(path: Path) -> None:
    """`finishes` would fail every run from Python, where no program is started."""
    assert not any(isinstance(check, Finishes) for check in load_file(path).expect)


def test_there_is_no_file_beside_kinds_and_stories() -> None:
    """Whoever looks for a kind finds it by its name."""
    stories = {path.stem for path in FOLDER.glob("story_*.yaml")}
    assert len(stories) >= 3
    assert {path.stem for path in FOLDER.glob("*.yaml")} == set(KINDS) | stories


def test_addresses_are_leased() -> None:
    """Two people on one machine may run the same file at once: no file names an address or a port."""
    scenarios: list[Scenario] = [load_file(path) for path in PAGES]
    assert not [spec for scenario in scenarios for spec in scenario.services.values() if spec.at is not None]
