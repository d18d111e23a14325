"""`simnet check FILE...`, `simnet dump FILE` and `simnet schema`: the file format, with nothing bound."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from simnet.errors import Problem, ScenarioError
from simnet.fronts.options import AsJson, ScenarioFile
from simnet.fronts.show import BAD, DIM, GOOD, Screen, text
from simnet.fronts.statuses import Status
from simnet.scenario import dump as dump_scenario
from simnet.scenario import load_file
from simnet.scenario import schema as schema_of_scenarios
from simnet.trace.wording import plural

__all__ = ["check", "dump", "problem_lines", "schema"]

Files = Annotated[list[Path], typer.Argument(metavar="FILE...", show_default=False, help="Scenario files.")]


def check(files: Files, *, as_json: AsJson = False) -> None:
    """Say everything that is wrong with scenario files."""
    found = {file: _problems(file) for file in files}
    screen = Screen()
    if as_json:
        screen.json({"ok": not any(found.values()), "files": [_document(*each) for each in found.items()]})
    else:
        for file, problems in found.items():
            _report(screen, file, problems)
    if any(found.values()):
        raise typer.Exit(Status.REJECTED)


def dump(file: ScenarioFile) -> None:
    """Print a scenario in its shortest form: it loads to an equal one."""
    Screen().console.file.write(dump_scenario(load_file(file)))


def schema() -> None:
    """Print the JSON Schema of scenario files, for editors."""
    Screen().console.file.write(json.dumps(schema_of_scenarios(), indent=2) + "\n")


def problem_lines(problem: Problem) -> Sequence[Text]:
    """A problem as it is printed: the place, what is wrong, where, and the cure."""
    place = f"{problem.file}:{problem.line}:{problem.column}" if problem.line else problem.file
    lines = [Text.assemble(text(place, "bold"), ": ", text(problem.message, BAD))]
    if problem.excerpt:
        mark = " " * (problem.column - 1) + "^" * max(1, problem.width)
        lines += [text(f"    {problem.excerpt}"), Text(f"    {mark}", "red")]
    if problem.cure:
        lines.append(text(f"    {problem.cure}"))
    return lines


def _problems(file: Path) -> tuple[Problem, ...]:
    try:
        load_file(file)
    except ScenarioError as error:
        return error.problems
    return ()


def _report(screen: Screen, file: Path, problems: Sequence[Problem]) -> None:
    if not problems:
        screen.line(text(file), (": ", ""), ("ok", GOOD))
        return
    for problem in problems:
        for line in problem_lines(problem):
            screen.console.print(line, soft_wrap=True)
    screen.line(text(file), (f": {plural(len(problems), 'problem')}", DIM))


def _document(file: Path, problems: Sequence[Problem]) -> dict[str, object]:
    return {"file": str(file), "ok": not problems, "problems": [dataclasses.asdict(problem) for problem in problems]}
