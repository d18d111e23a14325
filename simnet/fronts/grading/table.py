"""A grade for the student who reads it: each expectation, its points, what was seen, and how the runs ended.

Law: the seeds stay hidden. A row is words; the drawings of the tries stand beneath the table, where a line has the whole
width.
"""

from __future__ import annotations

from collections.abc import Iterator

from rich.console import RenderableType
from rich.text import Text

from simnet.fronts.show import BAD, DIM, GOOD, NAME, WARN, heading, table, text
from simnet.grading.grade import Grade, Mark, Sitting
from simnet.trace.wording import plural

__all__ = ["figure", "page"]

LINES = 12
"""Lines of a client's output that are shown, from its end."""
WIDTH = 78
"""Characters of such a line."""


def figure(points: float) -> str:
    """Points as one writes them: 12, 12.5, 33.33."""
    return f"{points:.2f}".rstrip("0").rstrip(".")


def page(grade: Grade) -> Iterator[RenderableType]:
    """Everything that is said."""
    yield Text()
    yield from _headline(grade)
    if not grade.isolated:
        yield Text("The client was not isolated: it could dial addresses outside this machine.", WARN)
    if grade.marks:
        yield Text()
        yield _marks(grade)
    yield from _drawings(grade)
    yield from _runs(grade.sittings)


def _headline(grade: Grade) -> Iterator[Text]:
    said = text(grade.title or "Grade", NAME)
    if grade.points is None:
        yield Text.assemble(said, ": ", ("not graded", BAD))
        yield Text.assemble("This is no fault of the client's: ", text(grade.not_graded))
        return
    style = GOOD if grade.points >= grade.out_of else NAME
    yield Text.assemble(said, ": ", (f"{figure(grade.points)} of {figure(grade.out_of)} points", style))


def _marks(grade: Grade) -> RenderableType:
    made = table("", "Points", "Expected", "What was seen")
    made.columns[0].no_wrap = made.columns[1].no_wrap = True
    made.columns[1].justify = "right"
    made.columns[2].min_width = max(len(mark.name) + 1 for mark in grade.marks)  # a name is one word
    made.columns[2].ratio, made.columns[3].ratio = 2, 3
    made.expand = True
    for mark in grade.marks:
        sign = ("✓", GOOD) if mark.whole else ("✗", BAD) if not mark.points else ("◐", WARN)
        expected = Text.assemble(text(mark.claim, NAME), "\n", text(mark.about, DIM))
        if mark.name == "proof":
            expected = Text.assemble(text(mark.claim, NAME))
        made.add_row(Text.assemble(sign), _points(mark), expected, text(mark.seen))
    return made


def _points(mark: Mark) -> Text:
    return Text(f"{figure(mark.points)} / {figure(mark.out_of)}")


def _drawings(grade: Grade) -> Iterator[RenderableType]:
    for mark in grade.marks:
        if mark.timeline:
            yield Text()
            yield heading("The tries", f"of {mark.claim} (seconds, what became of it)")
            for line in mark.timeline.splitlines():
                yield text(line, DIM)


def _runs(sittings: tuple[Sitting, ...]) -> Iterator[RenderableType]:
    if not sittings:
        return
    yield Text()
    yield heading("The runs", f"{len(sittings)}, each under a seed of its own")
    made = table("", "", rule=False)
    made.columns[0].no_wrap = True
    for number, one in enumerate(sittings, 1):
        said = Text.assemble(plural(one.attempts, "attempt"), ", ", text(one.ended, WARN if one.stopped else ""))
        for note in one.notes:
            said.append_text(Text("\n").append_text(text(note, WARN)))
        made.add_row(Text(f"run {number}", DIM), said)
    yield made
    yield from _output(sittings[0])


def _output(first: Sitting) -> Iterator[RenderableType]:
    lines = first.output.splitlines()
    if not lines:
        return
    yield Text()
    aside = f"the last {LINES} lines that were kept" if len(lines) > LINES else ""
    yield heading("What it wrote in run 1", aside)
    for line in lines[-LINES:]:
        yield text(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…", DIM)
