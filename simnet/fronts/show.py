"""Where and how the command line prints.

Law: what goes to a terminal is drawn, what goes anywhere else is plain text; `--json` puts one document on stdout and
nothing else. Foreign text (from scenario files, clients, the kernel) reaches the terminal through `shown` only, as
`rich.text.Text`, so that it can neither colour nor move anything.
"""

from __future__ import annotations

import json
import sys
from typing import TextIO

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from simnet.trace.wording import shown

__all__ = ["BAD", "DIM", "GOOD", "NAME", "WARN", "Screen", "clock", "heading", "indented", "table", "text"]

NAME, GOOD, BAD, DIM, WARN = "bold", "green", "bold red", "dim", "yellow"

WIDE = 110
"""Cells from which on there is room for what is good to know."""


class Screen:
    """One output stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self.console = Console(file=stream or sys.stdout, highlight=False, markup=False, emoji=False)

    @property
    def drawn(self) -> bool:
        """Whether a person looks at it, so that it may move."""
        return self.console.is_terminal and not self.console.is_dumb_terminal

    @property
    def wide(self) -> bool:
        """Whether there is room."""
        return self.console.width >= WIDE

    def print(self, *things: RenderableType) -> None:
        """Print each thing on its own line or lines."""
        for thing in things:
            # Off a terminal a sentence is one line, for grep and for logs.
            self.console.print(thing, soft_wrap=isinstance(thing, Text) and not self.console.is_terminal)

    def line(self, *parts: str | Text | tuple[str, str]) -> None:
        """Print one line that is never wrapped by us: for what people copy and grep."""
        self.console.print(Text.assemble(*parts), soft_wrap=True)

    def json(self, document: object) -> None:
        """Print the one JSON document."""
        self.console.file.write(json.dumps(document, indent=2, ensure_ascii=not self._writes_unicode()) + "\n")

    def _writes_unicode(self) -> bool:
        return (self.console.encoding or "ascii").lower().startswith("utf")


def text(foreign: object, style: str = "") -> Text:
    """Foreign text, harmless."""
    return Text(shown(foreign), style)


def heading(words: str, aside: str = "") -> Text:
    """The line above a table."""
    return Text.assemble((words, NAME), ("  " + aside if aside else "", DIM))


def table(*columns: str, rule: bool = True) -> Table:
    """A table in the manner of the house: no frame, one rule below the heads."""
    made = Table(
        box=box.SIMPLE_HEAD if rule else None,
        header_style=DIM,
        border_style=DIM,
        pad_edge=False,
        show_edge=False,
        show_header=any(columns),
    )
    for name in columns:
        made.add_column(name, overflow="fold")
    return made


def indented(thing: RenderableType, by: int = 2) -> Padding:
    """The thing, a little to the right."""
    return Padding(thing, (0, 0, 0, by))


def clock(length: float) -> Text:
    """A length of time for a column: the points stand below each other."""
    return Text(f"{length:.2f} s", DIM if length < 0.05 else "")
