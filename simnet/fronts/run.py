"""`simnet run FILE [-- CMD ARGS]`: the network of a scenario, alone or for one program.

Law: whatever ends the run (the program, its time, a signal), the network is taken down, the trace is written and the
summary is printed, in this order. The program's stdout stays its own: what simnet has to say goes to stderr.
"""

from __future__ import annotations

import queue
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from simnet.api import network
from simnet.checks.contract import Check
from simnet.checks.finishes import Finishes
from simnet.checks.judge import judge
from simnet.errors import MachineError
from simnet.fronts.child import Child, NotRunnableError, runnable
from simnet.fronts.command import words_of
from simnet.fronts.inbox import Inbox, Over, Signalled, catching_signals
from simnet.fronts.live import watch
from simnet.fronts.options import AsJson, Html, ScenarioFile, Seed
from simnet.fronts.pages import prepare_page, write_page
from simnet.fronts.report import conclusion
from simnet.fronts.show import BAD, Screen, text
from simnet.fronts.statuses import Status, at_the_end
from simnet.reports.document import trace_document, verdict_document
from simnet.reports.page import page
from simnet.scenario import Scenario, load_file
from simnet.trace.events import ClientEnded, ClientStarted
from simnet.trace.journal import Trace
from simnet.world import isolation
from simnet.world.run import World

__all__ = ["run"]

Command = Annotated[
    list[str] | None, typer.Argument(metavar="-- CMD ARGS", show_default=False, help="The program under test.")
]
Isolated = Annotated[
    bool, typer.Option("--isolated", help="In a network of its own: every port free, nothing outside reachable.")
]
RunLine = Annotated[
    bool, typer.Option("--run-line", help="Run the command of the file's own `run:` line, in the file's folder.")
]
TraceTo = Annotated[
    Path | None, typer.Option("--trace", metavar="FILE.jsonl", show_default=False, help="Store what happened.")
]


@dataclass(frozen=True, slots=True)
class Program:
    """What is to be run, in which folder (None: in ours), and whether in a network of its own."""

    command: tuple[str, ...]
    folder: Path | None
    isolated: bool


def run(  # noqa: PLR0913 - the options of a command
    file: ScenarioFile,
    command: Command = None,
    *,
    run_line: RunLine = False,
    isolated: Isolated = False,
    trace: TraceTo = None,
    html: Html = None,
    seed: Seed = None,
    as_json: AsJson = False,
) -> None:
    """Keep the network of a scenario up until Ctrl-C, or for as long as CMD runs.

    CMD finds each service in its environment: SIMNET_<SERVICE>_HOST, _PORT, _ADDR and _URL; SIMNET_CA is the file with
    the CA of services that speak TLS. What simnet reports goes to standard error then; with --json the report is alone
    on standard output, and CMD's output is on standard error.

    CMD resolves the `names` of the scenario by files of its own in /etc. Names that fail need a resolver at port 53, which
    an ordinary user has with --isolated.

    With --isolated the network and CMD are alone in namespaces of their own: ports below 1024 are free too, and CMD
    fails (ENETUNREACH) and is reported if it dials an address outside loopback.
    """
    if isolated:
        if not command and not run_line:
            raise typer.BadParameter("nobody but CMD could reach an isolated network: write -- CMD at the end")
        isolation.enter()
    scenario = load_file(file)
    folder = None
    if run_line:
        command, folder = _own_command(scenario, command), file.absolute().parent
    program = Program(tuple(command), folder, isolated) if command else None
    try:
        if command:
            runnable(command, scenario.client.open_files)
        _prepare(trace)
        prepare_page(html)
        world, stopped_by = _bring_up(scenario, program, seed, as_json=as_json)
    except NotRunnableError as error:
        Screen(sys.stderr).line(("simnet: ", BAD), text(error))
        raise typer.Exit(Status.NOT_EXECUTABLE if error.found else Status.NOT_FOUND) from None
    if trace is not None:
        trace.write_text(world.trace.dumps(), "utf-8")
    if html is not None:
        write_page(html, page(world.trace, judge(world.plan.checks, world.trace)))
    status = _report(
        world.trace, world.plan.checks, stopped_by if command else None, to_stderr=bool(command), as_json=as_json
    )
    raise typer.Exit(status)


def _prepare(trace: Path | None) -> None:
    """Know before anything runs that the trace can be written."""
    if trace is not None:
        try:
            trace.touch()
        except OSError as error:
            raise MachineError(f"the trace cannot be written to {trace}: {error.strerror}") from None


def _own_command(scenario: Scenario, given: Sequence[str] | None) -> list[str]:
    """The command of the file's `run:` line: a file is data, so only whoever asks for it has it run."""
    if given:
        raise typer.BadParameter(
            "there are two commands: the file's own and the one behind `--`", param_hint="--run-line"
        )
    if scenario.run is None:
        raise typer.BadParameter("the file has no `run:` line; write the command behind `--`", param_hint="--run-line")
    return words_of(scenario.run)


def _bring_up(
    scenario: Scenario, program: Program | None, seed: int | None, *, as_json: bool
) -> tuple[World, int | None]:
    """Run it all; the world, which is over, and the signal that ended it, if one did."""
    with catching_signals() as inbox, network(scenario, seed) as world:
        if program is not None:
            return world, _run_client(world, program, inbox, as_json=as_json)
        watch(world, inbox, Screen(sys.stderr if as_json else sys.stdout))
        return world, None


def _run_client(world: World, program: Program, inbox: Inbox, *, as_json: bool) -> int | None:
    """Run the program to its end, or to its time's; the signal that we got, if we did."""
    files = world.own_files()
    world.journal.add(ClientStarted(t=world.elapsed(), command=shlex.join(program.command)))
    with world.supervising(files=files, isolated=program.isolated) as supervision:
        launched = supervision.command(program.command, world.plan.open_files)
        child = Child(launched, world.environment(), supervision, inbox, aside=as_json, folder=program.folder)
        try:
            item = inbox.get(timeout=_limit(world.plan.checks))
        except queue.Empty:
            item = None
        status = item.status if isinstance(item, Over) else child.end(by=item)
        seconds = child.seconds()
    stopped = not isinstance(item, Over)
    world.journal.add(ClientEnded(t=world.elapsed(), status=status, seconds=round(seconds, 4), stopped=stopped))
    return item.number if isinstance(item, Signalled) else _late_signal(inbox)


def _late_signal(inbox: Inbox) -> int | None:
    """A Ctrl-C reaches the program as well as us; its end may have come to us first."""
    try:
        item = inbox.get_nowait()
    except queue.Empty:
        return None
    return item.number if isinstance(item, Signalled) else _late_signal(inbox)


def _limit(checks: Sequence[Check]) -> float | None:
    """How long the program may run: as long as it is expected to, where that is said."""
    return min((c.within.seconds for c in checks if isinstance(c, Finishes) and c.within is not None), default=None)


def _report(trace: Trace, checks: Sequence[Check], stopped_by: int | None, *, to_stderr: bool, as_json: bool) -> int:
    differences = judge(checks, trace)
    ended = trace.of(ClientEnded)
    status = at_the_end(ended[0] if ended else None, differences, checks, stopped_by)
    if as_json:
        verdict = verdict_document(differences)
        Screen().json({"ok": verdict["ok"], "status": int(status), **trace_document(trace), **verdict})
    else:
        Screen(sys.stderr if to_stderr else sys.stdout).print(*conclusion(trace, checks, differences))
    return status
