"""Every notebook runs from top to bottom, and says what it said when it was committed: no cell ends in an error."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

nbclient: Any = pytest.importorskip("nbclient", reason="the extra `notebook` is not installed")
nbformat: Any = pytest.importorskip("nbformat", reason="the extra `notebook` is not installed")
pytest.importorskip("ipykernel", reason="the extra `notebook` is not installed")

FOLDER = Path(__file__).parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))


SHOWN = {"image/png", "image/svg+xml", "text/html"}
"""How a value shows itself beside its text."""


def said(cell: Any) -> tuple[str, list[set[str]]]:
    """What the cell printed, and as what its values were shown."""
    printed = "".join(
        output.text for output in cell.outputs if output.output_type == "stream" and output.name == "stdout"
    )
    return printed, [SHOWN & set(output.data) for output in cell.outputs if "data" in output]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_says_what_it_said(path: Path, tmp_path: Path) -> None:
    """In a fresh kernel and a folder of its own: no cell fails, each prints what is stored, and shows as many pictures."""
    stored, notebook = (nbformat.read(path, as_version=4) for _ in range(2))
    nbclient.NotebookClient(notebook, timeout=90, resources={"metadata": {"path": str(tmp_path)}}).execute()
    cells = [(old, new) for old, new in zip(stored.cells, notebook.cells, strict=True) if new.cell_type == "code"]
    assert [said(new) for _, new in cells] == [said(old) for old, _ in cells]
    assert any(output for _, new in cells for output in new.outputs)
    assert not [output for _, new in cells for output in new.outputs if output.output_type == "error"]


def shown(name: str) -> list[set[str]]:
    """As what the values of that notebook are stored."""
    cells = nbformat.read(FOLDER / f"{name}.ipynb", as_version=4).cells
    return [kinds for cell in cells if cell.cell_type == "code" for kinds in said(cell)[1]]


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("first_failure", [{"text/html"}, {"image/svg+xml"}]),
        ("backoff", [{"image/png"}]),
        ("herd", [{"image/png"}]),
        ("reading_a_trace", [{"image/svg+xml"}]),
        ("property_testing", []),
    ],
)
def test_its_pictures_are_stored_with_it(name: str, kinds: list[set[str]]) -> None:
    """Who reads a notebook without running it sees what it shows: a network as a table, a trace and plots as pictures."""
    assert shown(name) == kinds
