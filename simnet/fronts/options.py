"""The options that several commands share, so that they are called and explained alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["AsJson", "Html", "ScenarioFile", "Seed"]

ScenarioFile = Annotated[Path, typer.Argument(metavar="FILE", show_default=False, help="A scenario file (YAML).")]
AsJson = Annotated[bool, typer.Option("--json", help="Report as one JSON document on standard output.")]
Html = Annotated[
    Path | None, typer.Option("--html", metavar="FILE.html", show_default=False, help="Write a page that tells the run.")
]
Seed = Annotated[int | None, typer.Option("--seed", show_default=False, help="In place of the scenario's own seed.")]
