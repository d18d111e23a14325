"""The command line: which commands there are, and what becomes of an error. Wiring only.

Law: an error of ours on purpose is a message without a traceback and a status of `statuses.py`; a bug of ours says
that it is one, with everything that a report of it needs.
"""

from __future__ import annotations

import importlib
import importlib.metadata
import io
import platform
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import typer
from rich.text import Text

from simnet.errors import ExpectationError, MachineError, ScenarioError, SimnetError
from simnet.fronts.show import BAD, Screen, text
from simnet.fronts.statuses import Status, epilog

__all__ = ["COMMANDS", "application", "main"]

SEE, RUN, FORMAT, MACHINE = "See what there is", "Run a scenario", "Scenario files", "This machine"


@dataclass(frozen=True, slots=True)
class Command:
    """The module that has the function of that name, the head under which it is listed, and whether its help ends with the
    statuses."""

    module: str
    panel: str
    statuses: bool = False


COMMANDS: Mapping[str, Command] = {
    "tour": Command("tour", SEE),
    "faults": Command("kinds", SEE),
    "checks": Command("claims", SEE),
    "learn": Command("learn", SEE, statuses=True),
    "museum": Command("museum.command", SEE, statuses=True),
    "run": Command("run", RUN, statuses=True),
    "grade": Command("grade", RUN),
    "matrix": Command("matrix.command", RUN),
    "trace": Command("stored", RUN),
    "check-trace": Command("stored", RUN, statuses=True),
    "record": Command("record", RUN),
    "new": Command("new", FORMAT),
    "check": Command("check", FORMAT),
    "explain": Command("explain", FORMAT),
    "dump": Command("check", FORMAT),
    "schema": Command("check", FORMAT),
    "doctor": Command("doctor", MACHINE),
    "ports": Command("ports", MACHINE),
    "diagnose": Command("diagnose", MACHINE),
}


def application(words: Sequence[str] = ()) -> typer.Typer:
    """With the command alone that the words begin with: it need not wait until all others are loaded. Else with all."""
    made = typer.Typer(
        name="simnet",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode="rich",
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        epilog=epilog(),
    )
    made.callback()(_simnet)
    for name in words[:1] if words[:1] and words[0] in COMMANDS else COMMANDS:
        one = COMMANDS[name]
        function = getattr(importlib.import_module(f"simnet.fronts.{one.module}"), name.replace("-", "_"))
        made.command(name, rich_help_panel=one.panel, epilog=epilog() if one.statuses else None)(function)
    return made


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
        application(sys.argv[1:])(prog_name="simnet")
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
    from simnet.fronts.check import problem_lines  # noqa: PLC0415 - most commands never need it

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
