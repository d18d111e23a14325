"""One client, examined under several seeds: the grade.

Law: a run that says nothing about the client is repeated once; if that one says nothing either, the client is not
graded, and the reason is told: no points are given or taken for what this machine or simnet did.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from simnet.fronts.grading.exam import Exam, Sat, Unfair, sit
from simnet.grading.grade import Grade
from simnet.grading.marks import marks_of, rounded

__all__ = ["examine"]


def examine(
    exam: Exam,
    seeds: Sequence[int],
    weights: Mapping[str, float],
    out_of: float,
    *,
    sitting: Callable[[Exam, int], Sat | Unfair] = sit,
) -> Grade:
    """Let the client sit under each seed, and mark it. Raises what `sit` raises."""
    title, isolated = exam.scenario.title, exam.isolated
    sat = list[Sat]()
    for seed in seeds:
        found = sitting(exam, seed)
        if isinstance(found, Unfair):
            found = sitting(exam, seed)
        if isinstance(found, Unfair):
            sittings = tuple(one.sitting for one in sat)
            return Grade(
                title=title, points=None, out_of=out_of, not_graded=found.why, isolated=isolated, sittings=sittings
            )
        sat.append(found)
    marks = tuple(marks_of(exam.scenario.expect, [one.trace for one in sat], weights, out_of))
    points = round(sum(mark.points for mark in marks), 2)
    return Grade(
        title=title,
        points=points,
        out_of=out_of,
        isolated=isolated,
        marks=tuple(rounded(marks)),
        sittings=tuple(one.sitting for one in sat),
    )
