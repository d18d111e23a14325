"""The corpus of malformed files: each is refused with exactly the words that stand in the `.txt` beside it.

The words are the manual of the format: whoever changes one reads it as an author who has just made that mistake.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from simnet.errors import Problem, ScenarioError
from simnet.scenario import load_file, tree

CORPUS = Path(__file__).parent / "malformed"
FILES = sorted(CORPUS.glob("*.yaml"))

LOADERS = ["SafeLoader", *(["CSafeLoader"] if yaml.__with_libyaml__ else [])]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
@pytest.mark.parametrize("loader", LOADERS)
def test_a_malformed_file_is_refused_in_these_words(file: Path, loader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Loading the file raises a ScenarioError whose text is the one beside it, with libyaml and without."""
    monkeypatch.setattr(tree, "_LOADER", getattr(yaml, loader))
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
