"""`simnet trace FILE.jsonl`: draws what happened in a run that is over."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from simnet.errors import Problem, ScenarioError
from simnet.fronts.options import AsJson, Html
from simnet.fronts.pages import write_page
from simnet.fronts.show import Screen
from simnet.reports.document import trace_document
from simnet.reports.page import page
from simnet.trace.diagram import diagram, summary
from simnet.trace.journal import Trace

__all__ = ["read_trace", "trace"]

TraceFile = Annotated[
    Path, typer.Argument(metavar="FILE.jsonl", show_default=False, help="What `simnet run --trace` has written.")
]


def trace(file: TraceFile, *, html: Html = None, as_json: AsJson = False) -> None:
    """Draw a stored trace as a sequence diagram, with its figures and proofs."""
    stored, screen = read_trace(file), Screen()
    if html is not None:
        write_page(html, page(stored))
        return
    if as_json:
        screen.json(trace_document(stored, events=True))
        return
    screen.print(diagram(stored, screen.console.width), Text(), summary(stored))


def read_trace(file: Path) -> Trace:
    """Load a trace; raises `ScenarioError` if it is none, since it is the same kind of mistake: of a file."""
    try:
        return Trace.loads(file.read_text("utf-8"))
    except OSError as error:
        raise ScenarioError([Problem(str(file), 0, 0, f"this file cannot be read: {error.strerror}")]) from None
    except ValueError as error:
        raise ScenarioError(
            [Problem(str(file), 0, 0, str(error), "simnet run --trace FILE.jsonl writes traces")]
        ) from None
