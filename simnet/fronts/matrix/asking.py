"""The command line that asks a client: as it is run in a cell, and as a person repeats it with `simnet run`.

Law: both are made from the same words, so that what is shown is what was measured.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import simnet.fronts.matrix
from simnet.fronts.matrix.places import Found
from simnet.matrix.definition import REST, Call, SetUp, Way
from simnet.matrix.failures import HOST, LARGE, Failure
from simnet.matrix.protocol import Protocol

__all__ = ["by_lines", "command_of", "run_line"]

RUNNER: Final = Path(simnet.fronts.matrix.__path__[0], "runner.py")

SHELL_HOST, SHELL_PORT = "$SIMNET_API_HOST", "$SIMNET_API_PORT"
SHELL_LARGE: Final = f"$(head -c {LARGE} /dev/zero | tr '\\0' x)"
"""As `simnet run` has it in the environment; a body of the size of a large one."""


def by_lines(set_up: SetUp) -> bool:
    """Whether it reports each call as a line, whatever happens: our runner does."""
    return isinstance(set_up.get, str)


def command_of(  # noqa: PLR0913 - all that the words are filled with
    found: Found, set_up: SetUp, failure: Failure, protocol: Protocol, *, host: str, port: str, body: str | None = None
) -> list[str]:
    """The words that ask the client to do what the failure wants of it."""
    if failure.by_name:
        host = HOST
    target = protocol.in_words(host=host, port=port, tls=failure.tls)
    if body is None:
        body = "x" * LARGE if failure.large else protocol.body
    if by_lines(set_up):
        return [found.python, "-P", str(RUNNER), str(found.folder), target, body, *_steps(set_up, failure.way)]
    call = {Way.GET: set_up.get, Way.POST: set_up.post, Way.CALLS: set_up.calls}[failure.way]
    places = {
        "url": target,
        "host": host,
        "port": port,
        "body": body,
        "here": str(found.folder),
        "python": found.python,
        "node_modules": str(found.node_modules),
        "build": str(found.build),
    }
    assert call is not None, "whoever asks has seen that it can be asked so"
    return [_filled(word, places) for word in _words(call)]


def run_line(found: Found, set_up: SetUp, failure: Failure, protocol: Protocol, file: str) -> str:
    """The line for a shell that does the same with `simnet run`, given the file of the scenario."""
    body = SHELL_LARGE if failure.large else protocol.body
    words = command_of(found, set_up, failure, protocol, host=SHELL_HOST, port=SHELL_PORT, body=body)
    inner = "exec " + " ".join(_quoted(word) for word in words)
    return f"simnet run --isolated {shlex.quote(file)} -- sh -c {shlex.quote(inner)}"


def _steps(set_up: SetUp, way: Way) -> Sequence[str]:
    if way is Way.CALLS:
        return [f"get={set_up.get}", f"rest={REST}", f"post={set_up.post}"]
    return [f"{way.value}={set_up.get if way is Way.GET else set_up.post}"]


def _words(call: Call) -> Sequence[str]:
    return [call] if isinstance(call, str) else call


def _filled(word: str, places: Mapping[str, str]) -> str:
    return re.sub(r"\{([a-z_]+)\}", lambda each: places.get(each[1], each[0]), word)


def _quoted(word: str) -> str:
    """For a shell; what stands for an address or a body there is left to it."""
    ours = [SHELL_HOST, SHELL_PORT, SHELL_LARGE]
    if not any(each in word for each in ours):
        return shlex.quote(word)
    parts = re.split("(" + "|".join(map(re.escape, ours)) + ")", word)
    return '"' + "".join(part if part in ours else re.sub(r'(["\\$`])', r"\\\1", part) for part in parts) + '"'
