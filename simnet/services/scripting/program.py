"""The steps of a conversation, laid flat: loops, choices and labels become numbers of places.

Law: pure. A program has no loop or choice within another, so that `goto` may go anywhere, and playing it needs no stack.
"""

from __future__ import annotations

from dataclasses import dataclass

from simnet.services.scripting.expected import Expected
from simnet.services.scripting.pieces import Piece
from simnet.services.scripting.steps import Act, Step

__all__ = ["Begin", "Choice", "Hear", "Jump", "Pause", "Round", "Say", "assemble"]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that may be heard, what it is as a request, and where it goes on then."""

    expected: Expected
    request: str | None
    target: int


@dataclass(slots=True)
class Hear:
    """Wait for the first of these."""

    where: str
    choices: list[Choice]


@dataclass(frozen=True, slots=True)
class Say:
    """Send these pieces as one."""

    where: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Let so many seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Begin:
    """A loop is entered: its rounds (of the place behind this one) are counted anew."""


@dataclass(slots=True)
class Round:
    """Another round of a loop; at `exit` when there were `times`."""

    times: int | None
    exit: int = 0


@dataclass(slots=True)
class Jump:
    """Go on elsewhere: at a place, or at a label that is found at the end."""

    target: int | str


Operation = Hear | Say | Pause | Begin | Round | Jump | Act


def assemble(steps: tuple[Step, ...]) -> tuple[Operation, ...]:
    """The program of these steps."""
    made = _Assembly()
    made.add(steps, "step")
    for operation in made.program:
        if isinstance(operation, Jump) and isinstance(operation.target, str):
            operation.target = made.labels[operation.target]
    return tuple(made.program)


class _Assembly:
    def __init__(self) -> None:
        self.program: list[Operation] = []
        self.labels: dict[str, int] = {}

    def add(self, steps: tuple[Step, ...], place: str) -> None:
        for number, step in enumerate(steps, 1):
            self._one(step, f"{place} {number}" if place == "step" else f"{place}.{number}")

    def _one(self, step: Step, where: str) -> None:
        program = self.program
        if step.expect is not None:
            program.append(Hear(where, [Choice(step.expect, step.request, len(program) + 1)]))
        elif step.either is not None:
            self._either(step, where)
        elif step.send is not None:
            program.append(Say(where, step.send))
        elif step.wait is not None:
            program.append(Pause(step.wait.seconds))
        elif step.loop is not None:
            self._loop(step.loop, step.times, where)
        elif step.label is not None:
            self.labels[step.label] = len(program)
        elif step.goto is not None:
            program.append(Jump(step.goto))
        else:
            assert step.act is not None, "a step does one thing"
            program.append(step.act)

    def _either(self, step: Step, where: str) -> None:
        hear = Hear(where, [])
        self.program.append(hear)
        ends = []
        for number, branch in enumerate(step.either or (), 1):
            hear.choices.append(Choice(branch.expect, branch.request, len(self.program)))
            self.add(branch.then, f"{where}.{number}")
            ends.append(Jump(0))
            self.program.append(ends[-1])
        for end in ends:
            end.target = len(self.program)

    def _loop(self, steps: tuple[Step, ...], times: int | None, where: str) -> None:
        self.program.append(Begin())
        again, head = Round(times), len(self.program)
        self.program.append(again)
        self.add(steps, where)
        self.program.append(Jump(head))
        again.exit = len(self.program)
