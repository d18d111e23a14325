"""A grade in the formats of other graders: what each of them reads, and that the code which they run is code."""

from __future__ import annotations

import json
import sys
import types
from collections.abc import Callable
from typing import Any

import pytest

import simnet
from simnet.grading.formats import gradescope, nbgrader_cell, otter_test
from simnet.grading.grade import Grade, Mark, Sitting


def mark(name: str, points: float, held: int) -> Mark:
    return Mark(
        name=name, claim=f"{name}: {{}}", about=f"about {name}", points=points, out_of=25, held=held, runs=2,
        seen="seen", timeline="0.1 ━ attempt 1: refused",
    )  # fmt: skip


SITTING = Sitting(seed=987654321, ended="it exited with status 0 after 1 s", seconds=1.2, came=True, attempts=3)
GRADE = Grade(
    title="Late",
    points=62.5,
    out_of=75,
    isolated=True,
    marks=(mark("attempts", 25, 2), mark("backoff", 12.5, 1), mark("proof", 25, 2)),
    sittings=(SITTING, SITTING.model_copy(update={"notes": ("it dialled outside",)})),
)
NOT_GRADED = Grade(title="Late", points=None, out_of=75, not_graded="the machine was busy", isolated=True)

VISIBILITIES = {"hidden", "after_due_date", "after_published", "visible"}


def test_gradescope_reads_a_document_of_results() -> None:
    """The keys and kinds of its specification: a score, and a test for each expectation with score, maximum and output."""
    found: Any = json.loads(json.dumps(gradescope(GRADE, "after_due_date")))
    known = {
        "score",
        "execution_time",
        "output",
        "output_format",
        "visibility",
        "stdout_visibility",
        "extra_data",
        "tests",
    }
    assert set(found) == known
    assert (found["score"], found["execution_time"]) == (62.5, 2)
    assert {found["visibility"], found["stdout_visibility"]} <= VISIBILITIES
    assert [(t["score"], t["max_score"], t["status"]) for t in found["tests"]] == [
        (25, 25, "passed"),
        (12.5, 25, "failed"),
        (25, 25, "passed"),
    ]
    assert all(t["visibility"] == "after_due_date" and "attempt 1: refused" in t["output"] for t in found["tests"])
    assert sum(t["score"] for t in found["tests"]) == found["score"]


def test_no_student_is_shown_a_seed() -> None:
    """What Gradescope is given to show has none."""
    assert str(SITTING.seed) not in json.dumps(gradescope(GRADE))


def test_gradescope_says_first_who_was_not_graded() -> None:
    """It knows scores alone: the text says that the 0 is none."""
    found = gradescope(NOT_GRADED)
    assert found["score"] == 0
    assert str(found["output"]).startswith("NOT GRADED, by no fault of yours: the machine was busy")


def cases(monkeypatch: pytest.MonkeyPatch, found: Grade) -> list[tuple[str, float, Callable[[], None]]]:
    """The test cases of the file, as otter-grader finds them: name, points, function; each asks the same exam."""
    gathered: list[tuple[str, float, Callable[[], None]]] = []
    asked: list[object] = []

    def test_case(name: str, points: float) -> Callable[[Callable[[], None]], None]:
        return lambda function: gathered.append((name, points, function))

    def grade(file: str, command: list[str], **options: object) -> Grade:
        asked.append((file, command, options))
        assert len(asked) == 1, "one exam for all cases"
        return found

    stub = types.ModuleType("otter.test_files")
    monkeypatch.setattr(stub, "test_case", test_case, raising=False)
    monkeypatch.setitem(sys.modules, "otter", types.ModuleType("otter"))
    monkeypatch.setitem(sys.modules, "otter.test_files", stub)
    monkeypatch.setattr(simnet, "grade", grade)
    claims = [(each.claim, each.out_of) for each in GRADE.marks]
    namespace: dict[str, Any] = {}
    exec(otter_test("late.yaml", ["python3", 'it"s.py'], claims, {"seeds": 2}), namespace)  # as otter does
    assert namespace["OK_FORMAT"] is False
    assert (namespace["name"], namespace["points"]) == ("q1", 75)
    return gathered


def test_otter_runs_a_case_for_each_expectation(monkeypatch: pytest.MonkeyPatch) -> None:
    """All cases ask one exam; the one that was not earned in full fails, with what was seen."""
    found = cases(monkeypatch, GRADE)
    assert [(name, points) for name, points, _ in found] == [(each.claim, 25) for each in GRADE.marks]
    found[0][2]()
    with pytest.raises(AssertionError, match=r"(?s)backoff.*seen.*attempt 1: refused"):
        found[1][2]()
    found[2][2]()


def test_otter_is_told_who_was_not_graded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every case fails, and says that it is nobody's fault."""
    for _, _, case in cases(monkeypatch, NOT_GRADED):
        with pytest.raises(AssertionError, match="by no fault of yours: the machine was busy"):
            case()


def test_nbgrader_takes_the_last_line_of_the_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a number no greater than the cell's points, which is what nbgrader takes for partial credit."""
    monkeypatch.setattr(simnet, "grade", lambda *_words, **_options: GRADE)
    *lines, last = nbgrader_cell("late.yaml", ["python3", "client.py"], 6, {"seeds": 2}).splitlines()
    namespace: dict[str, Any] = {}
    exec("\n".join(lines), namespace)
    assert eval(last, namespace) == 5.0
