"""`simnet grade FILE -- CMD`: what a student's client is worth, by the expectations of a scenario.

Law: the client sits the exam under seeds that it cannot know, shut in where that is to be had, and under limits; what
it loses points for is told in words. The exam of a folder is one command for each submission, so that none can do
anything to another (see `grading/batch.py`).
"""

from __future__ import annotations

import enum
import secrets
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeVar

import typer

from simnet.errors import MachineError
from simnet.fronts.child import NotRunnableError, runnable
from simnet.fronts.grading.batch import Batch, grade_all
from simnet.fronts.grading.exam import Exam
from simnet.fronts.grading.examiner import examine
from simnet.fronts.grading.limits import Limits, make_room
from simnet.fronts.grading.table import page
from simnet.fronts.inbox import StoppedError, catching_signals
from simnet.fronts.options import AsJson, ScenarioFile
from simnet.fronts.show import BAD, Screen, text
from simnet.fronts.statuses import Status, of_signal
from simnet.grading.formats import gradescope, nbgrader_cell, otter_test
from simnet.grading.grade import Grade
from simnet.grading.marks import claim_of, names_of
from simnet.grading.seeds import seeds_of
from simnet.scenario import Scenario, load_file
from simnet.values import ByteCount, Duration
from simnet.world import isolation

__all__ = ["grade"]


Q = TypeVar("Q", Duration, ByteCount)


class Format(enum.StrEnum):
    """How the grade is written on standard output."""

    TEXT = "text"
    JSON = "json"
    GRADESCOPE = "gradescope"
    OTTER = "otter"
    NBGRADER = "nbgrader"


class Visible(enum.StrEnum):
    """Whom Gradescope shows the tests."""

    HIDDEN = "hidden"
    AFTER_DUE_DATE = "after_due_date"
    AFTER_PUBLISHED = "after_published"
    VISIBLE = "visible"


EXAM, LIMITS, RESULT = "The exam", "Limits of one run", "The result"

Command = Annotated[list[str], typer.Argument(metavar="-- CMD ARGS", show_default=False, help="The client.")]
All = Annotated[
    Path | None,
    typer.Option("--all", metavar="SUBMISSIONS/", show_default=False, help="Grade each entry; {} in CMD is its path."),
]
Out = Annotated[Path, typer.Option("--out", metavar="DIR", help="With --all: where the results go.")]
Jobs = Annotated[
    int | None, typer.Option("--jobs", min=1, max=256, show_default=False, help="With --all: how many at a time.")
]
Seeds = Annotated[int, typer.Option("--seeds", min=1, max=1000, rich_help_panel=EXAM, help="How many hidden seeds.")]
Secret = Annotated[
    str | None,
    typer.Option(
        "--secret", envvar="SIMNET_GRADE_SECRET", show_default=False, rich_help_panel=EXAM,
        help="Seeds are derived from it; drawn anew, if left out.",
    ),
]  # fmt: skip
Points = Annotated[float, typer.Option("--points", min=0, rich_help_panel=EXAM, help="What the whole is worth.")]
Weigh = Annotated[
    list[str] | None,
    typer.Option(
        "--weigh", metavar="NAME=WEIGHT", show_default=False, rich_help_panel=EXAM,
        help="Weight of an expectation, or of `proof`; 1, if left out.",
    ),
]  # fmt: skip
Isolated = Annotated[
    bool | None,
    typer.Option(
        "--isolated/--no-isolated", show_default=False, rich_help_panel=EXAM,
        help="Shut the client in, so that it reaches nothing outside; where it can be had, if left out.",
    ),
]  # fmt: skip
Time = Annotated[str, typer.Option("--time", rich_help_panel=LIMITS, help="It is ended then.")]
Kept = Annotated[str, typer.Option("--output", rich_help_panel=LIMITS, help="How much of what it writes is kept.")]
Memory = Annotated[str, typer.Option("--memory", rich_help_panel=LIMITS, help="For one process, and for all.")]
Processes = Annotated[int, typer.Option("--processes", min=1, rich_help_panel=LIMITS, help="At a time.")]
Tries = Annotated[int, typer.Option("--tries", min=1, rich_help_panel=LIMITS, help="Attempts and requests.")]
As = Annotated[
    Format, typer.Option("--as", rich_help_panel=RESULT, help="otter, nbgrader: code that grades; CMD is not run.")
]
Shown = Annotated[Visible, typer.Option("--visibility", rich_help_panel=RESULT, help="For Gradescope.")]


def grade(  # noqa: PLR0913 - the options of a command
    file: ScenarioFile,
    command: Command,
    *,
    submissions: All = None,
    out: Out = Path("grades"),
    jobs: Jobs = None,
    seeds: Seeds = 3,
    secret: Secret = None,
    points: Points = 100,
    weigh: Weigh = None,
    isolated: Isolated = None,
    time: Time = "60s",
    output: Kept = "64 KiB",
    memory: Memory = "1 GiB",
    processes: Processes = 128,
    tries: Tries = 2000,
    form: As = Format.TEXT,
    visibility: Shown = Visible.VISIBLE,
    as_json: AsJson = False,
) -> None:
    """Grade a student's client: CMD sits the scenario under several hidden seeds, with points for each expectation.

    Each entry of `expect:` is worth an equal share of the points (or as --weigh says), and so is the proof that the
    client has met every failure that is planned; the share is earned for each run in which it holds. A client that never
    comes earns nothing. A run that this machine or simnet spoils is repeated once; then the client is not graded.
    """
    scenario = load_file(file)
    weights = _weights(weigh or [], scenario)
    limits = Limits(
        seconds=_quantity(Duration, time, "--time").seconds,
        output=_quantity(ByteCount, output, "--output").count,
        memory=_quantity(ByteCount, memory, "--memory").count,
        processes=processes,
        tries=tries,
    )
    options = {"seeds": seeds, "points": points, **({"weigh": weights} if weights else {}), "time": time}
    if form in {Format.OTTER, Format.NBGRADER}:
        sys.stdout.write(_code(form, file, command, scenario, weights, options))
        return
    if submissions is not None:
        given = _as_given(seeds, points, weights, limits, isolated=isolated)
        batch = Batch(file, tuple(command), submissions, out, given, secret, jobs)
        raise typer.Exit(grade_all(batch, as_json=as_json or form is Format.JSON))
    shut_in = _shut_in(isolated)
    _check(command, scenario)
    make_room()
    try:
        with catching_signals() as inbox:
            exam = Exam(scenario, tuple(command), limits, shut_in, inbox)
            found = examine(exam, seeds_of(secret or secrets.token_hex(16), seeds), weights, points)
    except StoppedError as stopped:
        raise typer.Exit(of_signal(stopped.number)) from None
    _tell(found, Format.JSON if as_json else form, visibility)
    raise typer.Exit(Status.UNAVAILABLE if found.points is None else Status.HELD)


def _shut_in(isolated: bool | None) -> bool:  # noqa: FBT001 - what the option says
    """Whether we are in namespaces of our own; only who insists on them is refused where there are none."""
    if isolated is False:
        return False
    try:
        isolation.enter()
    except MachineError:
        if isolated:
            raise
        return False
    return True


def _check(command: Sequence[str], scenario: Scenario) -> None:
    try:
        runnable(command, scenario.client.open_files)
    except NotRunnableError as error:
        Screen(sys.stderr).line(("simnet: ", BAD), text(error))
        raise typer.Exit(Status.NOT_EXECUTABLE if error.found else Status.NOT_FOUND) from None


def _quantity(kind: type[Q], said: str, option: str) -> Q:
    try:
        return kind.parse(said)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint=option) from None


def _weights(given: Sequence[str], scenario: Scenario) -> dict[str, float]:
    names, found = names_of(scenario.expect), dict[str, float]()
    for one in given:
        name, _, weight = one.partition("=")
        if name not in names:
            raise typer.BadParameter(
                f"nothing is expected under `{name}`; there are {', '.join(names)}", param_hint="--weigh"
            )
        try:
            found[name] = float(weight)
        except ValueError:
            found[name] = -1.0
        if not 0 <= found[name] < 1e6:
            raise typer.BadParameter(f"`{one}` has no weight; write `{name}=2`", param_hint="--weigh")
    return found


def _tell(found: Grade, form: Format, visibility: Visible) -> None:
    screen = Screen()
    if form is Format.JSON:
        screen.json(found.model_dump(mode="json"))
    elif form is Format.GRADESCOPE:
        screen.json(gradescope(found, visibility.value))
    else:
        screen.print(*page(found))


def _code(  # noqa: PLR0913, PLR0917 - what the code is made of
    form: Format,
    file: Path,
    command: Sequence[str],
    scenario: Scenario,
    weights: Mapping[str, float],
    options: Mapping[str, object],
) -> str:
    points = options["points"]
    assert isinstance(points, float | int), "an option of the command"
    if form is Format.NBGRADER:
        return nbgrader_cell(str(file), command, points, options)
    claims = [(claim_of(check), weights.get(check.name, 1.0)) for check in scenario.expect]
    if any(fault.must_strike for spec in scenario.services.values() for fault in spec.faults):
        claims.append(("every failure that is planned is met", weights.get("proof", 1.0)))
    whole = sum(weight for _, weight in claims) or 1.0
    shares = [(claim, round(points * weight / whole, 2)) for claim, weight in claims]
    return otter_test(str(file), command, shares, options)


def _as_given(
    seeds: int,
    points: float,
    weights: Mapping[str, float],
    limits: Limits,
    *,
    isolated: bool | None,
) -> tuple[str, ...]:
    """The options again, for the command of each submission."""
    shut = () if isolated is None else ("--isolated",) if isolated else ("--no-isolated",)
    weighed = tuple(word for name, weight in weights.items() for word in ("--weigh", f"{name}={weight:g}"))
    return (
        "--seeds", str(seeds), "--points", f"{points:g}", "--time", str(Duration.of(limits.seconds)),
        "--output", f"{limits.output} B", "--memory", f"{limits.memory} B", "--processes", str(limits.processes),
        "--tries", str(limits.tries), *shut, *weighed,
    )  # fmt: skip
