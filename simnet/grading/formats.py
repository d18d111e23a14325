"""A grade in the formats of graders that schools have: Gradescope, otter-grader, nbgrader.

Law: pure, and only what each can really take. Gradescope reads a document of results. otter-grader and nbgrader read no
results of others: they run code in the student's notebook and judge by whether it raises (otter), or by the value of the
last line (nbgrader), so for them there is the text of that code, which asks simnet. None of them is shown a seed.

Sources: gradescope-autograders.readthedocs.io, "Autograder Specifications", output format; otter-grader 7,
docs/test_files (exception-based format); nbgrader 0.9, `determine_grade` in utils.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from simnet.grading.grade import Grade, Mark

__all__ = ["Visibility", "gradescope", "nbgrader_cell", "otter_test"]

Visibility: TypeAlias = Literal["hidden", "after_due_date", "after_published", "visible"]
"""Whom Gradescope shows a test, and when."""


def gradescope(grade: Grade, visibility: Visibility = "visible") -> dict[str, object]:
    """The content of `/autograder/results/results.json`: one test for each expectation.

    Who was not graded has the score 0, as the format knows no other way, and the text says so in its first line.
    Standard output of the autograder stays hidden, since it may have seeds.
    """
    ran = sum(one.seconds for one in grade.sittings)
    return {
        "score": 0.0 if grade.points is None else grade.points,
        "execution_time": round(ran),
        "output": "\n".join(_about(grade)),
        "output_format": "text",
        "visibility": visibility,
        "stdout_visibility": "hidden",
        "extra_data": {"graded": grade.points is not None, "isolated": grade.isolated},
        "tests": [_test(number, mark, visibility) for number, mark in enumerate(grade.marks, 1)],
    }


def _about(grade: Grade) -> Iterator[str]:
    if grade.points is None:
        yield f"NOT GRADED, by no fault of yours: {grade.not_graded}"
        yield "Please tell your teacher; the score of 0 is not your mark."
    yield from [grade.title] if grade.title else []
    for number, one in enumerate(grade.sittings, 1):
        yield f"run {number}: {one.attempts} attempts, {one.ended}"
        yield from (f"  {note}" for note in one.notes)


def _test(number: int, mark: Mark, visibility: Visibility) -> dict[str, object]:
    said = [mark.about, f"held in {mark.held} of {mark.runs} runs", mark.seen, *mark.timeline.splitlines()]
    return {
        "score": mark.points,
        "max_score": mark.out_of,
        "status": "passed" if mark.whole else "failed",
        "name": mark.claim,
        "name_format": "text",
        "number": str(number),
        "output": "\n".join(said),
        "output_format": "text",
        "tags": [mark.name],
        "visibility": visibility,
    }


def otter_test(
    file: str,
    command: Sequence[str],
    claims: Sequence[tuple[str, float]],
    options: Mapping[str, object],
    name: str = "q1",
) -> str:
    """An exception-based test file for otter-grader: a test case for each expectation, worth its points, all of one exam.

    `claims` are what is expected and its points. otter gives a case all of its points or none, so one that held in some
    runs only gets none: that is otter's, not ours.
    """
    head = [
        '"""Asks simnet; written by `simnet grade --as otter`."""',
        "",
        "import functools",
        "",
        "import simnet",
        "from otter.test_files import test_case",
        "",
        "OK_FORMAT = False",
        f"name = {json.dumps(name)}",
        f"points = {sum(points for _, points in claims):g}",
        "",
        "",
        "@functools.cache",
        "def grade():",
        f"    return {_call(file, command, options)}",
        "",
        "",
        "def judge(number):",
        "    found = grade()",
        "    assert not found.not_graded, f'not graded, by no fault of yours: {found.not_graded}'",
        "    mark = found.marks[number]",
        "    assert mark.whole, '\\n'.join([mark.claim, mark.seen, mark.timeline])",
    ]
    return "\n".join([*head, *(line for number, claim in enumerate(claims) for line in _case(number, *claim)), ""])


def _case(number: int, claim: str, points: float) -> Sequence[str]:
    return [
        "",
        "",
        f"@test_case(name={json.dumps(claim)}, points={points:g})",
        f"def test_{number + 1}():",
        f"    judge({number})",
    ]


def nbgrader_cell(file: str, command: Sequence[str], points: float, options: Mapping[str, object]) -> str:
    """An "autograder tests" cell for nbgrader: its last line is a number, which nbgrader takes as partial credit.

    The cell's points in nbgrader have to be `points`. An exception is no credit there, so who was not graded shows as an
    error in the feedback, and the cell is graded by hand.
    """
    lines = ["import simnet", "", f"grade = {_call(file, command, options)}", "print(grade)", f"grade.worth({points:g})"]
    return "\n".join(lines) + "\n"


def _call(file: str, command: Sequence[str], options: Mapping[str, object]) -> str:
    given = "".join(f", {key}={value!r}" for key, value in options.items())
    return f"simnet.grade({file!r}, {list(command)!r}{given})"
