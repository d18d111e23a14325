"""Every exhibit under `scenarios/bugs/` is short, has its source and its client, and stands in the page of the museum.

Nothing is installed or run here: `simnet museum --all` and `tests/campaigns/museum.py` do that.
"""

from __future__ import annotations

import ast
import shlex
from pathlib import Path
from typing import Final

import pytest

from simnet.fronts.command import words_of
from simnet.fronts.museum.collection import Exhibit, collection, folder

ROOT: Final = Path(__file__).parent.parent
EXHIBITS: Final = collection()
PAGE: Final = ROOT / "docs" / "museum.md"

exhibits = pytest.mark.parametrize("exhibit", EXHIBITS, ids=[one.name for one in EXHIBITS])


def commands(exhibit: Exhibit) -> list[list[str]]:
    """What is run of it, for each version."""
    runs = [side.run or exhibit.scenario.run for side in (exhibit.bug.bad, exhibit.bug.good)]
    return [words_of(run) for run in runs if run is not None]


def scripts(exhibit: Exhibit) -> set[str]:
    """The files that its commands name, the lines for a shell among them."""
    words = (word for command in commands(exhibit) for part in command for word in shlex.split(part))
    return {word for word in words if word.endswith((".py", ".js", ".cjs", ".java"))}


@exhibits
def test_it_is_short(exhibit: Exhibit) -> None:
    """Less than thirty lines tell the whole story, and its client is no longer."""
    assert len(exhibit.path.read_text("utf-8").splitlines()) < 30
    for script in scripts(exhibit):
        assert len((exhibit.path.parent / script).read_text("utf-8").splitlines()) <= 40


@exhibits
def test_it_says_where_the_bug_is_known_from(exhibit: Exhibit) -> None:
    """A public thread, or how it was found and what the documentation promises."""
    assert exhibit.bug.issues or len(exhibit.bug.found) > 60
    assert exhibit.scenario.title
    assert "A good client" in exhibit.scenario.about


@exhibits
def test_its_client_is_beside_it(exhibit: Exhibit) -> None:
    """Whatever script a command names is there, and Python's are Python that says what it is for."""
    for script in scripts(exhibit):
        place = exhibit.path.parent / script
        assert place.is_file()
        assert place.suffix != ".py" or ast.get_docstring(ast.parse(place.read_text("utf-8")))


@exhibits
def test_its_versions_are_told_apart(exhibit: Exhibit) -> None:
    """The two differ, and what is installed is one version and no other, so that what is told stays true."""
    bad, good = exhibit.bug.bad, exhibit.bug.good
    assert bad.name != good.name
    assert all("==" in one for side in (bad, good) for one in side.python)
    assert all("@" in one[1:] for side in (bad, good) for one in side.node)


def test_no_client_has_been_left_behind() -> None:
    """A script that no exhibit runs is dead weight."""
    there = {path.name for path in folder().iterdir() if path.is_file() and path.suffix != ".yaml"}
    assert there == {script for one in EXHIBITS for script in scripts(one)}


@exhibits
def test_it_stands_in_the_page(exhibit: Exhibit) -> None:
    """`simnet museum --all --markdown > docs/museum.md` was run after it came, and it was as told."""
    page = PAGE.read_text("utf-8")
    assert f"\n## {exhibit.name}\n" in page
    assert all(issue in page for issue in exhibit.bug.issues)
    (row,) = [line for line in page.splitlines() if line.startswith(f"| [`{exhibit.name}`]")]
    assert row.endswith("| yes |")
