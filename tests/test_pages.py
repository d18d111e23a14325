"""The pages of the documentation that are made from the code are those that the code makes."""

from __future__ import annotations

from pathlib import Path

from simnet.fronts.manual import faults_page

DOCS = Path(__file__).parent.parent / "docs"


def test_the_page_of_failures_is_what_the_kinds_say() -> None:
    """`simnet faults --markdown > docs/faults.md` was run after the last change of a kind."""
    assert (DOCS / "faults.md").read_text("utf-8") == faults_page()
