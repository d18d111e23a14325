"""`simnet trace FILE.jsonl` draws what happened in a run that is over; `simnet check-trace` judges it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from simnet.checks.contract import Check
from simnet.checks.judge import judge
from simnet.errors import Problem, ScenarioError
from simnet.fronts.options import AsJson, Html
from simnet.fronts.pages import write_page
from simnet.fronts.report import verdict
from simnet.fronts.show import DIM, GOOD, NAME, Screen, text
from simnet.fronts.statuses import Status
from simnet.reports.document import trace_document, verdict_document
from simnet.reports.page import page
from simnet.scenario import load_expectations
from simnet.trace.diagram import diagram, summary
from simnet.trace.journal import Trace

__all__ = ["check_trace", "read_trace", "trace"]

TraceFile = Annotated[
    Path, typer.Argument(metavar="FILE.jsonl", show_default=False, help="What `simnet run --trace` has written.")
]


Expect = Annotated[
    Path, typer.Option("--expect", metavar="FILE.yaml", show_default=False, help="What is expected of the client.")
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


def check_trace(file: TraceFile, *, expect: Expect, as_json: AsJson = False) -> None:
    """Judge a stored trace by what a file expects.

    The file is a scenario, or `simnet: 1` and `expect:` alone. The proof of the faults is judged as well.
    """
    checks, stored, screen = load_expectations(expect), read_trace(file), Screen()
    _known(checks, stored, expect)
    differences = judge(checks, stored)
    answers = [(check.name, check.answer(stored)) for check in checks]
    if as_json:
        held = [{"check": name, "judged": answer.judged, "held": not answer.differences} for name, answer in answers]
        screen.json({"checks": held, **verdict_document(differences)})
    else:
        for name, answer in answers:
            if not answer.differences:
                judged = f"  {answer.judged}" if answer.judged else ""
                screen.print(Text.assemble(("✓ ", GOOD), text(name, NAME), (judged, DIM)))
        screen.print(*verdict(stored, checks, differences))
    if differences:
        raise typer.Exit(Status.NOT_HELD)


def _known(checks: Sequence[Check], stored: Trace, expect: Path) -> None:
    """Raises `ScenarioError` if a check names a service that the trace has not: it would hold of nothing."""
    names = sorted({event.service for event in stored.events if event.service})
    wrong = [
        Problem(
            str(expect), 0, 0, f"`{check.name}` names the service `{service}`, which is not in the trace", _cure(names)
        )
        for check in checks
        for _, service in check.services_named()
        if service not in names
    ]
    if wrong:
        raise ScenarioError(wrong)


def _cure(names: Sequence[str]) -> str:
    return f"the trace has {', '.join(names)}" if names else "the trace has no service"


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
