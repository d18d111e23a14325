"""A matrix as a document: stored, merged, compared, for a spreadsheet, in findings."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simnet.errors import SimnetError
from simnet.matrix.compare import changes
from simnet.matrix.document import loads, merged
from simnet.matrix.findings import findings, findings_page
from simnet.matrix.formats import as_csv
from simnet.matrix.outcome import Called, Cause, Cell, Data, Outcome, Verdict, agree
from tests.matrix.conftest import HANGS, REFUSED, RIGHT, TWICE, cell, matrix_of, outcomes

cells = st.builds(cell, st.sampled_from(["refuse", "reset", "stall"]), outcomes, st.sampled_from(["a", "b"]))


@given(st.lists(cells, max_size=8))
def test_a_stored_matrix_is_the_same(several: list[Cell]) -> None:
    """Written and read again it is equal, and nothing in it has changed."""
    matrix = matrix_of(*merged(several))
    again = loads(matrix.model_dump_json(), "m.json")
    assert again == matrix
    assert changes(matrix, again) == []


@given(st.lists(cells, min_size=1, max_size=8))
def test_repetitions_are_one_cell(several: list[Cell]) -> None:
    """It has each outcome once; it is a race exactly if not all agree with the first."""
    for one in merged(several):
        mine = [each.outcome for each in several if each.key == one.key]
        assert one.outcome == mine[0]
        assert one.race == any(not agree(mine[0], other) for other in mine)


def test_what_has_changed_is_told() -> None:
    """Cells that came, went and are otherwise; a race that came out as it once did has not changed."""
    before = matrix_of(cell("refuse"), cell("reset"), cell("stall", HANGS, others=(RIGHT,)))
    after = matrix_of(cell("refuse", RIGHT), cell("stall", RIGHT), cell("drip", RIGHT))
    assert [(change.what, change.failure) for change in changes(before, after)] == [
        ("changed", "refuse"),
        ("gained", "drip"),
        ("lost", "reset"),
    ]


@pytest.mark.parametrize(("text", "said"), [("", "the document"), ("{}", "simnet"), ('{"matrix": 2}', "matrix")])
def test_what_is_no_matrix_is_refused(text: str, said: str) -> None:
    """With the place where it is none; a newer form is not misread."""
    with pytest.raises(SimnetError, match=f"m.json is not a matrix of this simnet: {said}"):
        loads(text, "m.json")


def test_a_spreadsheet_takes_nothing_for_a_formula() -> None:
    """One line for each cell, and a sign before what begins like one."""
    rows = list(csv.DictReader(io.StringIO(as_csv(matrix_of(cell(said="=1+1"), cell("stall", HANGS))))))
    assert [(row["failure"], row["verdict"], row["time"]) for row in rows] == [
        ("refuse", "error", "at once"),
        ("stall", "hangs", ""),
    ]
    assert rows[0]["said"] == "'=1+1"


def error(kind: str, **more: object) -> Outcome:
    """One failed call."""
    called = Called(call="get", data=Data.NONE, error=(Cause(type=kind),))
    return Outcome.model_validate({"verdict": Verdict.ERROR, "calls": (called,), "exit": 1, "attempts": 1, **more})


def handed(data: Data, verdict: Verdict = Verdict.WRONG) -> Outcome:
    """One call that reported success."""
    return Outcome(verdict=verdict, calls=(Called(call="get", data=data),), exit=0, attempts=1, requests=1)


@pytest.mark.parametrize(
    ("one", "sort"),
    [
        (cell("close_at_reuse:whole", TWICE), "Submitted once, done twice"),
        (cell("truncate:body", handed(Data.SHORT)), "Wrong data, reported as success"),
        (cell("interim_103", handed(Data.EMPTY, Verdict.SILENT)), "Wrong data, reported as success"),
        (cell("status", handed(Data.PAGE)), "An error page, taken for the data"),
        (cell("stall", HANGS), "Still waiting when its time was up"),
        (cell("refuse", error("A", attempts=4, seconds=0.02)), "Tries again without a pause"),
        (cell("reset:body", error("a.ReadTimeout")), "A misleading error"),
        (cell("reset", error("A").model_copy(update={"verdict": Verdict.CRASHED})), "Crashes"),
        (cell("reset", RIGHT, others=(REFUSED,)), "Comes out one way or the other"),
        (cell("none", REFUSED), "Fails where nothing fails"),
    ],
)
def test_each_sort_of_finding_is_found(one: Cell, sort: str) -> None:
    """And what is in order is none: an error that says what it is, tries with pauses."""
    assert [found.sort for found in findings(matrix_of(one))] == [sort]
    quiet = [
        cell("none", RIGHT),
        cell("refuse"),
        cell("stall", error("ReadTimeout")),
        cell("reset", error("A", attempts=3, seconds=1.0)),
    ]
    assert findings(matrix_of(*quiet)) == []


def test_the_page_of_findings_can_be_repeated() -> None:
    """Each client with its version and the command that shows it; what a client wrote is no Markdown."""
    text = findings_page(matrix_of(cell("reset", error("<b>Time*out")), cell("stall", HANGS, setting="well_set_up")))
    assert "## Still waiting when its time was up" in text
    assert "**mine** 1.2, well set up" in text
    assert "`simnet matrix --only mine --failures stall --setting well_set_up`" in text
    assert "<b>" not in text
