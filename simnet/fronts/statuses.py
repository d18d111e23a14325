"""With which status the command ends: this file is the only list, and `--help` prints it.

Law: the numbers of sysexits.h where it has one; never a number that says less than is known. A client's own status is
passed through, so that `simnet run FILE -- CMD` can stand wherever CMD stood.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence

from simnet.checks.contract import Check, Difference
from simnet.checks.finishes import Finishes
from simnet.trace.events import ClientEnded

__all__ = ["Status", "at_the_end", "epilog", "of_signal"]


class Status(enum.IntEnum):
    """The statuses that are simnet's own."""

    HELD = 0
    CHANGED = 1  # of `simnet matrix --compare`, as diff(1) does: no program under test has a status there
    USAGE = 2  # what every typer program says
    REJECTED = 65  # EX_DATAERR
    UNAVAILABLE = 69  # EX_UNAVAILABLE
    BUG = 70  # EX_SOFTWARE
    NOT_HELD = 100
    NOT_EXECUTABLE = 126  # as shells do
    NOT_FOUND = 127


MEANINGS: Sequence[tuple[str, str]] = (
    ("0", "all held"),
    ("2", "wrong usage"),
    ("65", "the scenario was rejected"),
    ("69", "this machine cannot do it, or somebody holds an address"),
    ("70", "a bug in simnet"),
    ("100", "an expectation or a proof failed"),
    ("126, 127", "CMD is not executable, not found"),
    ("128+n", "ended by signal n"),
    ("other", "CMD's own: it comes first, unless `finishes: {exit: ...}` judges it"),
)


def epilog() -> str:
    """The table of the statuses, for the end of `--help`."""
    width = max(len(status) for status, _ in MEANINGS)
    rows = [f"  [bold]{status:>{width}}[/]  {meaning}" for status, meaning in MEANINGS]
    return "\n".join(["[bold]Exit status[/]", *rows])


def of_signal(number: int) -> int:
    """What a shell says of a program that a signal ended."""
    return 128 + number


def at_the_end(
    client: ClientEnded | None, differences: Sequence[Difference], checks: Sequence[Check], signal: int | None
) -> int:
    """The status of a run: of the signal that ended it, of the client, or of the verdict."""
    if signal is not None:
        return of_signal(signal)
    judged = any(isinstance(check, Finishes) and check.exit is not None for check in checks)
    if client is not None and client.status and not client.stopped and not judged:
        return client.status if client.status > 0 else of_signal(-client.status)
    return Status.NOT_HELD if differences else Status.HELD
