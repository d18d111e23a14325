"""The command line: which commands there are, and what becomes of an error. Wiring only.

Law: an error of ours on purpose is a message without a traceback and a status of `statuses.py`; a bug of ours says
that it is one, with everything that a report of it needs.
"""

from __future__ import annotations

import importlib.metadata
import io
import platform
import sys
import traceback
from typing import Annotated

import typer
from rich.text import Text

from simnet.errors import ExpectationError, MachineError, ScenarioError, SimnetError
from simnet.fronts.check import check, dump, problem_lines, schema
from simnet.fronts.claims import checks
from simnet.fronts.diagnose import diagnose
from simnet.fronts.doctor import doctor
from simnet.fronts.explain import explain
from simnet.fronts.grade import grade
from simnet.fronts.kinds import faults
from simnet.fronts.learn import learn
from simnet.fronts.matrix.command import matrix
from simnet.fronts.new import new
from simnet.fronts.ports import ports
from simnet.fronts.record import record
from simnet.fronts.run import run
from simnet.fronts.show import BAD, Screen, text
from simnet.fronts.statuses import Status, epilog
from simnet.fronts.stored import check_trace, trace
from simnet.fronts.tour import tour

__all__ = ["app", "main"]

app = typer.Typer(
    name="simnet",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=epilog(),
)

SEE, RUN, FORMAT, MACHINE = "See what there is", "Run a scenario", "Scenario files", "This machine"

app.command(rich_help_panel=SEE)(tour)
app.command(rich_help_panel=SEE)(faults)
app.command(rich_help_panel=SEE)(checks)
app.command(rich_help_panel=SEE, epilog=epilog())(learn)
app.command(rich_help_panel=RUN, epilog=epilog())(run)
app.command(rich_help_panel=RUN)(grade)
app.command(rich_help_panel=RUN)(matrix)
app.command(rich_help_panel=RUN)(trace)
app.command("check-trace", rich_help_panel=RUN, epilog=epilog())(check_trace)
app.command(rich_help_panel=FORMAT)(new)
app.command(rich_help_panel=RUN)(record)
app.command(rich_help_panel=FORMAT)(check)
app.command(rich_help_panel=FORMAT)(explain)
app.command(rich_help_panel=FORMAT)(dump)
app.command(rich_help_panel=FORMAT)(schema)
app.command(rich_help_panel=MACHINE)(doctor)
app.command(rich_help_panel=MACHINE)(ports)
app.command(rich_help_panel=MACHINE)(diagnose)


def _version(*, asked: bool) -> None:
    if asked:
        sys.stdout.write(f"simnet {_our_version()}\n")
        raise typer.Exit


Version = Annotated[
    bool,
    typer.Option(
        "--version", is_eager=True, callback=lambda asked: _version(asked=asked), help="Say which simnet this is."
    ),
]


@app.callback()
def _simnet(*, version: Version = False) -> None:
    """A local network that fails on purpose: fake services on 127.0.0.0/8, true failures, and proof of each."""


def main() -> None:
    """Run the command that the arguments ask for, and exit with its status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a sign that the terminal does not know must not end a run
    sys.exit(_run())


def _run() -> int:
    try:
        app(prog_name="simnet")
    except ScenarioError as error:
        return _rejected(error)
    except MachineError as error:
        return _say(str(error), Status.UNAVAILABLE)
    except (ExpectationError, SimnetError) as error:
        return _say(str(error), Status.NOT_HELD)
    except BrokenPipeError:
        return Status.HELD  # who read us has seen enough
    except Exception:  # noqa: BLE001 - the last chance to say what it is
        return _bug()
    return Status.HELD


def _rejected(error: ScenarioError) -> int:
    screen = Screen(sys.stderr)
    for problem in error.problems:
        for line in problem_lines(problem):
            screen.console.print(line, soft_wrap=True)
    return Status.REJECTED


def _say(message: str, status: Status) -> int:
    Screen(sys.stderr).line(("simnet: ", BAD), text(message))
    return status


def _bug() -> int:
    screen = Screen(sys.stderr)
    screen.console.print(Text(traceback.format_exc().rstrip()), soft_wrap=True)
    screen.line(("\nThis is a bug in simnet, not in your scenario or your program.", BAD))
    screen.line(
        f"Please report it{_where_to_report()} with the lines above, the scenario, and: simnet {_our_version()},"
        f" Python {platform.python_version()}, {platform.system()} {platform.release()}. `simnet doctor` may tell more."
    )
    return Status.BUG


def _our_version() -> str:
    try:
        return importlib.metadata.version("loopback-simnet")
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"


def _where_to_report() -> str:
    try:
        urls = importlib.metadata.metadata("loopback-simnet").get_all("Project-URL") or []
    except importlib.metadata.PackageNotFoundError:
        return ""
    found = [url.partition(",")[2].strip() for url in urls if url.lower().startswith(("issues,", "bug"))]
    return f" at {found[0]}" if found else " to those you have simnet from"
