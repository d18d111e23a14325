"""The mistakes of one file, collected: each with its line and a caret beneath the spot.

Law: this is where a spot of a file becomes a `Problem`, and nowhere else. It shows nothing that a terminal would obey
and no line that does not fit a screen.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from simnet.errors import Problem, ScenarioError
from simnet.scenario.words import UNPRINTABLE

__all__ = ["MOST_PROBLEMS", "NOWHERE", "Report", "Spot"]

T = TypeVar("T")

MOST_PROBLEMS = 64
"""A file with more mistakes than these is not a scenario with mistakes; the rest is left out, and that is said."""

_WIDEST = 160
"""Characters of the offending line that are shown; a caret further right would point at nothing on a screen."""

_LONGEST = 320
"""Characters of a message; what it quotes from the file may be of any length."""


@dataclass(frozen=True, slots=True, order=True)
class Spot:
    """A place in the text: line and column count from 1; `width` is how much of the line to underline."""

    line: int
    column: int
    width: int = 1


NOWHERE = Spot(0, 0)
"""For what is wrong with the file as a whole, or before there is any text."""


class Report:
    """Collects what is wrong with the file called `name`, whose text is `text`."""

    def __init__(self, name: str, text: str = "") -> None:
        self.name = UNPRINTABLE.sub("\ufffd", name.replace("\n", "\ufffd"))
        self.lines = re.split(r"\r\n|\r|\n", text)
        self._found: dict[Spot, tuple[str, str]] = {}

    def add(self, spot: Spot, message: str, cure: str = "") -> None:
        """Note a mistake. A second one at the same spot is dropped: it comes of the first."""
        if not self.full:
            self._found.setdefault(spot, (_fit(message), _fit(cure)))

    @property
    def full(self) -> bool:
        """Whether there are so many mistakes that no more need be looked for."""
        return len(self._found) > MOST_PROBLEMS

    def until_full(self, things: Iterable[T]) -> Iterator[T]:
        """The things, as long as there is room for what may be wrong with the next one."""
        return itertools.takewhile(lambda _: not self.full, things)

    def __bool__(self) -> bool:
        """Whether anything is wrong."""
        return bool(self._found)

    def raise_any(self) -> None:
        """Raise `ScenarioError` with all that was found, in file order; return if nothing was."""
        if not self._found:
            return
        found = sorted(self._found.items())[:MOST_PROBLEMS]
        problems = [self._problem(spot, message, cure) for spot, (message, cure) in found]
        if self.full:
            problems.append(Problem(self.name, 0, 0, "there are more mistakes than these", "correct these first"))
        raise ScenarioError(problems)

    def _problem(self, spot: Spot, message: str, cure: str) -> Problem:
        shown = self._excerpt(spot)
        width = max(1, min(spot.width, len(shown) - spot.column + 1))
        return Problem(self.name, spot.line, spot.column, message, cure, shown, width)

    def _excerpt(self, spot: Spot) -> str:
        """The line, one character for each of its own; empty if the caret would have nothing to stand under."""
        if not 1 <= spot.line <= len(self.lines) or spot.column > _WIDEST - 4:
            return ""
        line = self.lines[spot.line - 1][: _WIDEST + 1].replace("\t", " ").rstrip()
        line = UNPRINTABLE.sub("\ufffd", line)
        return line if len(line) <= _WIDEST else f"{line[: _WIDEST - 3]}..."


def _fit(text: str) -> str:
    text = UNPRINTABLE.sub("\ufffd", re.sub(r"[\n\t]", " ", text))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
