"""The collection: which exhibits there are, and which ones a visitor means.

Law: the folder is the list, in the order of its file names; a file of one's own with `bug:` is as good as ours.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.errors import Problem, ScenarioError
from simnet.scenario import Scenario, load_file
from simnet.scenario.bug import Bug
from simnet.scenario.words import nearest

__all__ = ["Exhibit", "collection", "find", "folder"]


@dataclass(frozen=True, slots=True)
class Exhibit:
    """One exhibit: its file, the scenario in it, and the bug that the scenario shows."""

    path: Path
    scenario: Scenario
    bug: Bug

    @property
    def name(self) -> str:
        """The name of its file: `01_redis_cancelled_get`."""
        return self.path.stem


def folder() -> Path:
    """Where the exhibits are: in the installed package; in a checkout, beside it."""
    package = Path(str(importlib.resources.files("simnet")))
    installed = package / "bugs"
    return installed if installed.is_dir() else package.parent / "scenarios" / "bugs"


def collection() -> tuple[Exhibit, ...]:
    """All exhibits, in order. Raises `ScenarioError` if one of them is wrong."""
    loaded = [(path, load_file(path)) for path in _files()]
    return tuple(Exhibit(path, scenario, scenario.bug) for path, scenario in loaded if scenario.bug is not None)


def find(wanted: str) -> tuple[Exhibit, ...]:
    """The exhibit of that name or file, or all with that number. Raises `ScenarioError` if there is none."""
    if wanted.endswith((".yaml", ".yml")) or "/" in wanted:
        return (_shown(Path(wanted)),)
    paths = [path for path in _files() if wanted in _names(path)]
    if paths:
        return tuple(map(_shown, paths))
    near = nearest(wanted, [name for path in _files() for name in _names(path)])
    raise _problem(wanted, "there is no such exhibit", f"did you mean {near}?" if near else "`simnet museum` lists them")


def _names(path: Path) -> Sequence[str]:
    """What it may be called: by its whole name, without its number, by its number."""
    number, _, name = path.stem.partition("_")
    return (path.stem, name, number, number.lstrip("0")) if number.isdecimal() and name else (path.stem,)


def _files() -> Sequence[Path]:
    return sorted(folder().glob("*.yaml"))


def _shown(path: Path) -> Exhibit:
    scenario = load_file(path)
    if scenario.bug is None:
        raise _problem(str(path), "this scenario shows no bug", "write a `bug:` into it, or `simnet run` it")
    return Exhibit(path, scenario, scenario.bug)


def _problem(name: str, message: str, cure: str) -> ScenarioError:
    return ScenarioError([Problem(name, 0, 0, message, cure)])
