"""`simnet record`: a real conversation through a proxy, written down as a scenario that replays it.

Law: the client and the server notice nothing; what is written can be loaded and has no secret whose name is known. Only
loopback is listened on and dialled.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from simnet.api import network
from simnet.errors import MachineError, Problem, ScenarioError
from simnet.fronts.child import NotRunnableError, runnable
from simnet.fronts.inbox import catching_signals
from simnet.fronts.show import BAD, DIM, GOOD, NAME, Screen, text
from simnet.fronts.statuses import Status
from simnet.recording import Tape, transcript
from simnet.scenario import Scenario, dump, load_text
from simnet.trace.wording import plural
from simnet.values import Endpoint
from simnet.world.run import World

__all__ = ["record"]

Upstream = Annotated[str, typer.Option("--upstream", metavar="ADDR", help="The real server: 127.0.0.1:5432.")]
Listen = Annotated[
    str | None, typer.Option("--listen", metavar="ADDR", show_default=False, help="Where its clients are to come; leased.")
]
Output = Annotated[Path, typer.Option("--output", "-o", metavar="FILE.yaml", help="The scenario to write.")]
Mask = Annotated[
    list[str] | None, typer.Option("--mask", metavar="NAME", show_default=False, help="A further header or field to mask.")
]
Command = Annotated[
    list[str] | None, typer.Argument(metavar="-- CMD ARGS", show_default=False, help="The client to run.")
]

NAME_OF_PROXY = "server"


def record(
    command: Command = None, *, upstream: Upstream, output: Output, listen: Listen = None, mask: Mask = None
) -> None:
    """Write down what clients and a real server say to each other, as a scenario that replays the server.

    CMD finds the proxy in its environment: SIMNET_SERVER_HOST, _PORT and _ADDR; without CMD it records until Ctrl-C.
    Masked are the values of header fields and of named fields that are secret by their name, and those of --mask.
    Run the client twice or more: what differs from one connection to the next is then expected by its length only.
    """
    scenario = _proxy(upstream, listen)
    screen = Screen(sys.stderr)
    try:
        if command:
            runnable(command, None)
    except NotRunnableError as error:
        screen.line(("simnet: ", BAD), text(error))
        raise typer.Exit(Status.NOT_EXECUTABLE if error.found else Status.NOT_FOUND) from None
    tape, status = _listen(scenario, command or [], screen)
    made = _made(tape, upstream, mask or [])
    try:
        output.write_text(made, "utf-8")
    except OSError as error:
        raise MachineError(f"the recording cannot be written to {output}: {error.strerror}") from None
    screen.line((f"{plural(len(tape.connections), 'connection')} recorded in ", GOOD), text(str(output), NAME))
    screen.line(text("Look through it before you give it away: only secrets that have a name were masked.", DIM))
    raise typer.Exit(status)


def _proxy(upstream: str, listen: str | None) -> Scenario:
    lines = ["simnet: 1", "services:", f"  {NAME_OF_PROXY}:", f"    proxy: {{upstream: {_quoted(upstream)}}}"]
    if listen is not None:
        lines.append(f"    at: {_quoted(listen)}")
    try:
        return load_text("\n".join(lines) + "\n", "the arguments")
    except ScenarioError as error:
        problems = [Problem("simnet record", 0, 0, problem.message, problem.cure) for problem in error.problems]
        raise ScenarioError(problems) from None


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _listen(scenario: Scenario, command: Sequence[str], screen: Screen) -> tuple[Tape, int]:
    """What was heard, and the status to exit with."""
    tape = Tape(time.monotonic)
    with catching_signals() as inbox, network(scenario) as world:
        handle = world[NAME_OF_PROXY]
        handle.overhear(tape)
        if command:
            return tape, _run(world, command)
        screen.line(text("Listening at ", DIM), text(str(Endpoint(handle.address, handle.port)), NAME), text(" until Ctrl-C.", DIM))
        inbox.get()
    return tape, Status.HELD


def _run(world: World, command: Sequence[str]) -> int:
    sys.stdout.flush()
    return subprocess.run(command, env={**os.environ, **world.environment()}, check=False).returncode  # noqa: S603


def _made(tape: Tape, upstream: str, mask: Sequence[str]) -> str:
    try:
        return dump(transcript(tape, f"A recording of {upstream}", mask))
    except ValueError as error:
        raise MachineError(f"{error}; there is nothing to write") from None
