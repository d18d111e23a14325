"""`pytest --simnet-report DIR`: a page of HTML and the trace of every network, by the names of their tests."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from simnet.fronts.pytest.trial import Trial
from simnet.reports.page import page

__all__ = ["write_reports"]

LONGEST = 120
"""Characters of a file's name; parametrised tests may have longer ones."""


def write_reports(folder: Path, test: str, trials: Sequence[Trial]) -> None:
    """Write both files for each of the networks."""
    folder.mkdir(parents=True, exist_ok=True)
    stem = re.sub(r"[^\w.-]+", "_", test).strip("_")[-LONGEST:]
    for number, trial in enumerate(trials, 1):
        place = folder / (stem if len(trials) == 1 else f"{stem}-{number}")
        trace = trial.trace()
        place.with_name(f"{place.name}.jsonl").write_text(trace.dumps(), "utf-8")
        place.with_name(f"{place.name}.html").write_text(page(trace, trial.differences()), "utf-8")
