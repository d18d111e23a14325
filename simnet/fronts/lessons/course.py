"""The course: which lessons there are, and which one a student means.

Law: the folder is the list, in the order of its file names; a file of one's own with `lesson:` is as good as ours.
"""

from __future__ import annotations

import importlib.resources
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from simnet.errors import Problem, ScenarioError
from simnet.scenario import Scenario, load_file
from simnet.scenario.lesson import Lesson
from simnet.scenario.words import nearest

__all__ = ["Taught", "course", "find", "folder"]


@dataclass(frozen=True, slots=True)
class Taught:
    """One lesson: its file, the scenario in it, and what the scenario teaches."""

    path: Path
    scenario: Scenario
    lesson: Lesson

    @property
    def stem(self) -> str:
        """The name of its file, by which progress is kept: `03_refused`."""
        return self.path.stem

    @property
    def number(self) -> str:
        """Its place in the course; "" for a file of one's own."""
        number, _, rest = self.stem.partition("_")
        return str(int(number)) if number.isdecimal() and rest else ""

    @property
    def name(self) -> str:
        """What it is called for: `refused`."""
        return self.stem.partition("_")[2] if self.number else self.stem


def folder() -> Path:
    """Where the lessons are: in the installed package; in a checkout, beside it."""
    package = Path(str(importlib.resources.files("simnet")))
    installed = package / "lessons"
    return installed if installed.is_dir() else package.parent / "scenarios" / "lessons"


def course() -> tuple[Taught, ...]:
    """All lessons, in order. Raises `ScenarioError` if one of them is wrong."""
    return tuple(_taught(path) for path in _files())


def find(wanted: str) -> Taught:
    """The lesson of that number, name or file. Raises `ScenarioError` if there is none, or it is no lesson."""
    for path in _files():
        number, _, name = path.stem.partition("_")
        if wanted in {path.stem, path.name, name, number, str(int(number))}:
            return _taught(path)
    if wanted.endswith((".yaml", ".yml")) or "/" in wanted:
        return _taught(Path(wanted))
    near = nearest(wanted, [path.stem.partition("_")[2] for path in _files()])
    raise _problem(wanted, "there is no such lesson", f"did you mean {near}?" if near else "`simnet learn` lists them")


def _files() -> Sequence[Path]:
    return sorted(path for path in folder().glob("*.yaml") if path.stem.partition("_")[0].isdecimal())


def _taught(path: Path) -> Taught:
    scenario = load_file(path)
    if scenario.lesson is None:
        raise _problem(str(path), "this scenario teaches nothing", "write a `lesson:` into it, or `simnet run` it")
    return Taught(path, scenario, scenario.lesson)


def _problem(name: str, message: str, cure: str) -> ScenarioError:
    return ScenarioError([Problem(name, 0, 0, message, cure)])
