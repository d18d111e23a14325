"""`simnet matrix`: what each client on this machine does when the network fails, every cell measured.

Law: nothing is installed without --install, and nothing is claimed that was not measured: a cell that could not be is shown
as that. A matrix goes on where the last one stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from simnet.errors import MachineError, SimnetError
from simnet.fronts.matrix.crew import can_be_isolated, most_at_a_time
from simnet.fronts.matrix.install import install
from simnet.fronts.matrix.places import OWN, Found, Missing, clients, look, protocols
from simnet.fronts.matrix.survey import Plan, Survey, failures_for, survey
from simnet.fronts.matrix.table import changes_page, list_page, matrix_page
from simnet.fronts.options import AsJson
from simnet.fronts.pages import prepare_page, write_page
from simnet.fronts.show import DIM, WARN, Screen, text
from simnet.fronts.statuses import Status, of_signal
from simnet.matrix.compare import changes
from simnet.matrix.definition import Client, Setting
from simnet.matrix.document import Matrix, loads
from simnet.matrix.findings import findings_page
from simnet.matrix.formats import as_csv
from simnet.matrix.page import page
from simnet.trace.wording import plural

__all__ = ["confirmed", "matrix"]

WHICH, HOW, RESULT = "Which cells", "How they are measured", "The result"
LEAST: float = 0.5

Only = Annotated[
    str | None,
    typer.Option("--only", metavar="CLIENT,...", show_default=False, rich_help_panel=WHICH, help="These clients alone."),
]
Failures = Annotated[
    str | None,
    typer.Option(
        "--failures", metavar="NAME,...", show_default=False, rich_help_panel=WHICH,
        help="These failures alone; a kind stands for all its varieties.",
    ),
]  # fmt: skip
Definitions = Annotated[
    list[Path] | None,
    typer.Option(
        "--client", metavar="FILE.yaml", show_default=False, rich_help_panel=WHICH, help="A client of your own, too."
    ),
]
InSetting = Annotated[
    str, typer.Option("--setting", rich_help_panel=WHICH, help="plain (all defaults), well_set_up, or both.")
]
Python = Annotated[
    str | None,
    typer.Option(
        "--python", metavar="EXE", show_default=False, rich_help_panel=WHICH,
        help="The interpreter whose packages are meant; simnet's own, if left out.",
    ),
]  # fmt: skip
Listed = Annotated[bool, typer.Option("--list", rich_help_panel=WHICH, help="Who is here, who is not; which failures.")]
Install = Annotated[
    bool,
    typer.Option(
        "--install", rich_help_panel=HOW, help="First bring what clients lack, by pip, npm and compilers, into the cache."
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs", min=1, max=256, show_default=False, rich_help_panel=HOW, help="Cells at a time; 6 a processor."
    ),
]
Limit = Annotated[
    float,
    typer.Option("--limit", min=LEAST, max=600, rich_help_panel=HOW, help="Seconds until a client that waits is ended."),
]
Repeat = Annotated[
    int, typer.Option("--repeat", min=1, max=1000, rich_help_panel=HOW, help="How often each; what differs is a race.")
]
Isolated = Annotated[
    bool | None,
    typer.Option(
        "--isolated/--no-isolated", show_default=False, rich_help_panel=HOW,
        help="In networks of their own, so that names can fail and nothing outside is reached; where it can be had, if left out.",
    ),
]  # fmt: skip
Out = Annotated[Path, typer.Option("--out", metavar="DIR", rich_help_panel=HOW, help="Where the cells are kept.")]
Fresh = Annotated[bool, typer.Option("--fresh", rich_help_panel=HOW, help="Forget what was measured before.")]
From = Annotated[
    Path | None,
    typer.Option(
        "--from",
        metavar="FILE.json",
        show_default=False,
        rich_help_panel=RESULT,
        help="Measure nothing: take a stored matrix.",
    ),
]
Compare = Annotated[
    Path | None,
    typer.Option(
        "--compare", metavar="OLD.json", show_default=False, rich_help_panel=RESULT,
        help="Tell what is otherwise than it was, each time of three; status 1, if anything is.",
    ),
]  # fmt: skip
AsCsv = Annotated[bool, typer.Option("--csv", rich_help_panel=RESULT, help="One line for each cell.")]
AsFindings = Annotated[
    bool, typer.Option("--findings", rich_help_panel=RESULT, help="A page of Markdown: what is worth knowing, in words.")
]
AsHtml = Annotated[
    Path | None,
    typer.Option("--html", metavar="FILE.html", show_default=False, rich_help_panel=RESULT, help="Write it as a page."),
]


def matrix(  # noqa: PLR0913 - the options of a command
    *,
    only: Only = None,
    failures: Failures = None,
    definitions: Definitions = None,
    setting: InSetting = "plain",
    python: Python = None,
    listed: Listed = False,
    installing: Install = False,
    jobs: Jobs = None,
    limit: Limit = 6.0,
    repeat: Repeat = 1,
    isolated: Isolated = None,
    out: Out = Path("matrix"),
    fresh: Fresh = False,
    stored: From = None,
    compare: Compare = None,
    as_json: AsJson = False,
    csv: AsCsv = False,
    findings: AsFindings = False,
    html: AsHtml = None,
) -> None:
    """Let every client on this machine meet every failure, and show what each does: a table, a page, findings.

    Each cell is an ordinary run of an ordinary scenario: what the client reported, after how long, with how many tries, and
    whether the data was right and the order placed once. A second start goes on where the first stopped.
    """
    if sum([as_json, csv, findings]) > 1:
        raise typer.BadParameter("standard output has room for one of --json, --csv and --findings")
    prepare_page(html)
    before = None if compare is None else _stored(compare)
    if stored is not None:
        made, stopped_by = _stored(stored), 0
    else:
        wanted = _wanted(only, definitions or [])
        python = python or OWN
        if installing:
            _install(wanted, python)
        looked = look(wanted, python)
        if listed:
            Screen().print(*list_page(looked, failures_for(list(protocols().values()), _names(failures))))
            return
        plan = _plan(looked, _names(failures), setting, limit, repeat, jobs, isolated, out, fresh=fresh)
        done = confirmed(survey(plan), plan, before)
        made, stopped_by = done.matrix, done.stopped_by
        _tell_progress(done, plan)
    _tell(made, as_json=as_json, csv=csv, findings=findings, quiet=compare is not None)
    if html is not None:
        write_page(html, page(made))
    changed = [] if before is None else changes(before, made)
    if before is not None:
        Screen(sys.stderr if as_json or csv or findings else sys.stdout).print(*changes_page(changed, made.limit))
    if stopped_by:
        raise typer.Exit(of_signal(stopped_by))
    raise typer.Exit(Status.CHANGED if changed else Status.HELD)


def confirmed(done: Survey, plan: Plan, before: Matrix | None) -> Survey:
    """The same, with what has changed since `before` measured again: a change is seen each time, or it is none."""
    if before is None or done.stopped_by:
        return done
    doubted = {
        (each.client, each.setting, each.failure) for each in changes(before, done.matrix) if each.before and each.after
    }
    if not doubted:
        return done
    again = survey(replace(plan, doubted=frozenset(doubted), fresh=False))
    return replace(again, measured=done.measured + again.measured)


def _names(given: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in (given or "").split(",") if name.strip())


def _stored(path: Path) -> Matrix:
    try:
        return loads(path.read_text("utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        said = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise SimnetError(f"{path}: {said}") from None


def _wanted(only: str | None, definitions: Sequence[Path]) -> list[tuple[Client, Path]]:
    """Who is asked for, with the folders of their definitions. Raises `SimnetError` for a name that nobody has."""
    known, spoken = clients(definitions), protocols()
    names = _names(only) or tuple(known)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise SimnetError(
            f"there is no client `{unknown[0]}`; there are {', '.join(known)}; --client FILE.yaml adds yours"
        )
    for name in names:
        if known[name][0].speaks not in spoken:
            raise SimnetError(
                f"{name} speaks {known[name][0].speaks}, which is not served here; there are {', '.join(spoken)}"
            )
    return [known[name] for name in names]


def _install(wanted: Sequence[tuple[Client, Path]], python: str) -> None:
    screen = Screen(sys.stderr)
    for complaint in install(wanted, python, lambda words: screen.line((words, DIM))):
        screen.line(("not installed: ", WARN), text(complaint))


def _plan(  # noqa: PLR0913, PLR0917 - what a plan is made of
    looked: Sequence[Found | Missing],
    names: tuple[str, ...],
    setting: str,
    limit: float,
    repeat: int,
    jobs: int | None,
    isolated: bool | None,  # noqa: FBT001 - what the option says
    out: Path,
    *,
    fresh: bool,
) -> Plan:
    settings = {"both": tuple(Setting), **{each.value: (each,) for each in Setting}}
    if setting not in settings:
        raise typer.BadParameter(f"there is no setting `{setting}`; write {', '.join(settings)}", param_hint="--setting")
    found = tuple(each for each in looked if isinstance(each, Found))
    missing = tuple(each for each in looked if isinstance(each, Missing))
    screen = Screen(sys.stderr)
    for each in missing:
        screen.line((f"left out: {each.client.client}", WARN), text(f" lacks {each.lacks}; {each.cure}", DIM))
    if not found:
        raise MachineError("none of these clients is on this machine; `simnet matrix --list` tells what each lacks")
    return Plan(
        found=found,
        missing=missing,
        protocols=protocols(),
        failures=names,
        settings=settings[setting],
        limit=limit,
        repeat=repeat,
        jobs=jobs or most_at_a_time(),
        isolated=_shut_in(isolated),
        out=out,
        fresh=fresh,
    )


def _shut_in(isolated: bool | None) -> bool:  # noqa: FBT001 - as above
    """Whether the cells are in namespaces of their own; only who insists on them is refused where there are none."""
    if isolated is False:
        return False
    why = can_be_isolated()
    if why and isolated:
        raise MachineError(why)
    if why:
        Screen(sys.stderr).line(("not isolated: ", WARN), text(why, DIM))
    return not why


def _tell_progress(done: Survey, plan: Plan) -> None:
    words = f"{plural(done.measured, 'cell')} measured; all are kept in {plan.out}/"
    if done.left:
        words += f"; {done.left} are left: the same command goes on"
    Screen(sys.stderr).line((words, WARN if done.left else DIM))


def _tell(made: Matrix, *, as_json: bool, csv: bool, findings: bool, quiet: bool) -> None:
    screen = Screen()
    if as_json:
        screen.json(made.model_dump(mode="json"))
    elif csv:
        screen.console.file.write(as_csv(made))
    elif findings:
        screen.console.file.write(findings_page(made))
    elif not quiet:
        screen.print(*matrix_page(made, screen.console.width))
