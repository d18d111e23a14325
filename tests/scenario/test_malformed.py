"""The corpus of malformed files: each is refused with exactly the words that stand in the `.txt` beside it.

The words are the manual of the format: whoever changes one reads it as an author who has just made that mistake.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simnet.errors import Problem, ScenarioError
from simnet.scenario import load_file

CORPUS = Path(__file__).parent / "malformed"
FILES = sorted(CORPUS.glob("*.yaml"))

needs_libyaml = pytest.mark.skipif(not yaml.__with_libyaml__, reason="PyYAML without libyaml points a little elsewhere")


def _cases() -> list[object]:
    return [pytest.param(file, id=file.stem, marks=[needs_libyaml] if "yaml_" in file.stem else []) for file in FILES]


@pytest.mark.parametrize("file", _cases())
def test_a_malformed_file_is_refused_in_these_words(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the file raises a ScenarioError whose text is the one beside it."""
    monkeypatch.chdir(CORPUS)
    with pytest.raises(ScenarioError) as caught:
        load_file(file.name)
    assert str(caught.value) == file.with_suffix(".txt").read_text("utf-8").removesuffix("\n")


def test_the_corpus_is_whole() -> None:
    """Every file has its words, all words have their file, and there are at least 64."""
    assert {file.stem for file in FILES} == {file.stem for file in CORPUS.glob("*.txt")}
    assert len(FILES) >= 64


def test_every_problem_can_be_found_and_cured() -> None:
    """Each problem of the corpus shows its line with the caret inside it, and all but a few name a cure."""
    problems: list[Problem] = []
    for file in FILES:
        with pytest.raises(ScenarioError) as caught:
            load_file(file)
        problems += caught.value.problems
    for problem in problems:
        if problem.line:
            assert 1 <= problem.column <= len(problem.excerpt) + 1
            assert problem.column - 1 + problem.width <= max(len(problem.excerpt), problem.column)
    assert sum(not problem.cure for problem in problems) <= 3
