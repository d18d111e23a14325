"""Every public exception, sorted by whose fault it is.

Law: a message shows the offender and the cure, because the message is the manual. What only a bug of ours can
cause is an assertion, never one of these: an error would hide it.

=====================  ==========================================================
`ScenarioError`        the author of the scenario wrote something that cannot be
`ExpectationError`     the client under test (or the run) did not do what was expected
`MachineError`         this machine cannot do what was asked, or somebody holds what we need
`NeverEndsError`       the client under test waits for ever, or works for ever without time passing
`LeakError`            the client under test left virtual time: a real socket, a real sleep, another program
`NetworkDownError`     the caller switches faults of a network that is down
`SimnetError`          the base of them all
=====================  ==========================================================
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

__all__ = [
    "AddressInUseError",
    "ExpectationError",
    "LeakError",
    "MachineError",
    "NetworkDownError",
    "NeverEndsError",
    "Problem",
    "ScenarioError",
    "SimnetError",
]


class SimnetError(Exception):
    """Base of every error that simnet raises on purpose."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a scenario file: where it stands, what is wrong, and the cure.

    `line` and `column` count from 1; both are 0 where the text has no such place (a scenario made in Python, an
    unreadable file). `excerpt` is the offending line as written, `width` the number of characters to underline.
    """

    file: str
    line: int
    column: int
    message: str
    cure: str = ""
    excerpt: str = ""
    width: int = 1

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        rows = [f"{place}: {self.message}"]
        if self.excerpt:
            rows += [f"    {self.excerpt}", "    " + " " * (self.column - 1) + "^" * max(1, self.width)]
        if self.cure:
            rows.append(f"    {self.cure}")
        return "\n".join(rows)


class ScenarioError(SimnetError):
    """The scenario cannot be; nothing was bound. `problems` holds every mistake found, in file order."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class ExpectationError(SimnetError):
    """The run is over and something expected did not hold; the message lists each difference."""


class NeverEndsError(SimnetError):
    """In virtual time: the client under test waits for something that nobody will ever bring, or it never stops working
    though no time passes. The message has the stack of each of its tasks."""


class LeakError(SimnetError):
    """In virtual time: the client under test touched a real socket, a real sleep, a thread or another program, or uses code
    that cannot be simulated. The message has file and line, and the reason."""


class MachineError(SimnetError):
    """This machine cannot do what the scenario asks: the message names what is missing and what still works."""


class NetworkDownError(SimnetError):
    """The network has been taken down: nothing can be switched any more."""


class AddressInUseError(MachineError):
    """An address that the scenario names is held by somebody else (EADDRINUSE, bind(2))."""
