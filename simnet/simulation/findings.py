"""A failing run, kept as a scenario file.

Law: one file for each test, written anew at each failure: Hypothesis replays the smallest last, so that is what stays.
The file says which test found it and how it is replayed; it is an ordinary scenario, to be kept for as long as one likes.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from simnet.scenario import Scenario, dump
from simnet.scenario.words import UNPRINTABLE

__all__ = ["save"]

LONGEST = 200
"""Characters of the error that are told of."""


def save(folder: Path, scenario: Scenario, test: Callable[..., Any], error: BaseException) -> Path:
    """Write the scenario into the folder (made if it is not there), by the name of the test; returns the file."""
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{_stem(test)}.yaml"
    head = "".join(f"# {line}\n" for line in _about(place, scenario, test, error))
    unfinished = place.with_suffix(".yaml.new")
    unfinished.write_text(head + dump(scenario), encoding="utf-8")
    unfinished.replace(place)
    return place


def _stem(test: Callable[..., Any]) -> str:
    module = test.__module__.rpartition(".")[2]
    return f"{module}-{test.__name__}".replace("<", "").replace(">", "")


def _about(place: Path, scenario: Scenario, test: Callable[..., Any], error: BaseException) -> list[str]:
    said = UNPRINTABLE.sub(" ", f"{type(error).__name__}: {error}".strip().partition("\n")[0])[:LONGEST]
    program = "--run-line" if scenario.run is not None else "-- YOUR-PROGRAM"
    here = _relative(place)
    return [
        f"Found by {_name(test)}, where it raised",
        f"    {said.rstrip(': ')}",
        f"On real sockets: simnet run {here} {program}",
        f"or in a test: @pytest.mark.parametrize('scenario', ['{here}']) above @simnet.real",
        *([f"or pytest --simnet-scenarios {_relative(place.parent)}"] if scenario.run is not None else []),
    ]


def _name(test: Callable[..., Any]) -> str:
    source = inspect.getsourcefile(test)
    return test.__qualname__ if source is None else f"{_relative(Path(source))}::{test.__qualname__}"


def _relative(path: Path) -> str:
    """The path as one would write it here; no place of this machine stands in a file that is kept."""
    found = os.path.relpath(path)
    return path.name if found.startswith("..") else found
