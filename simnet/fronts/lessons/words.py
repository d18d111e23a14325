"""What a lesson puts on the screen: the opening, the commands, the comparison, the end.

Law: a lesson's file is foreign text, shown and never obeyed; prose is wrapped for reading, a command never is, since it
is copied.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence

from rich.console import RenderableType
from rich.constrain import Constrain
from rich.table import Table
from rich.text import Text

from simnet.fronts.lessons.course import Taught
from simnet.fronts.lessons.progress import Done
from simnet.fronts.show import BAD, DIM, GOOD, NAME, WARN, table, text
from simnet.scenario.lesson import Prediction

__all__ = ["HELP", "choices", "compared", "debrief", "filled_in", "hint", "listing", "opening", "to_try"]

HELP = (
    ("1, 2, ...", "run that command"),
    ("any command", "run it, with the SIMNET_ variables set and watched from its first packet"),
    ("hint", "one hint more"),
    ("show", "the commands again"),
    ("done", "take the network down, and compare"),
    ("quit", "leave without an end"),
)
READING = 88
"""Cells of a line of prose, at most."""


def listing(lessons: Sequence[Taught], known: Mapping[str, Done]) -> Iterator[RenderableType]:
    """The course, and how far one has come."""
    made = table("", "Lesson", "What it is about", "Predicted", "Rubric")
    made.columns[0].justify, made.columns[1].no_wrap = "right", True
    for taught in lessons:
        done = known.get(taught.stem)
        marks = (Text(""), Text("")) if done is None else (_mark(good=done.predicted), _mark(good=done.held))
        made.add_row(Text(taught.number, DIM), text(taught.name, NAME), text(taught.scenario.title), *marks)
    yield made
    yield Text()
    taken = sum(taught.stem in known for taught in lessons)
    following = next((taught for taught in lessons if taught.stem not in known), lessons[0] if lessons else None)
    yield Text(f"{taken} of {len(lessons)} lessons taken", DIM)
    if following is not None:
        yield Text.assemble((f"simnet learn {following.number}", "bold"), (f"   takes {following.name}", DIM))


def _mark(*, good: bool) -> Text:
    return Text("✓", GOOD) if good else Text("✗", BAD)


def opening(taught: Taught) -> Iterator[RenderableType]:
    """Title, objective and background."""
    place = f"Lesson {taught.number}: " if taught.number else ""
    yield Text.assemble((place, DIM), text(taught.scenario.title, NAME))
    yield Text()
    yield from _prose(taught.lesson.objective, "italic")
    yield Text()
    yield from _prose(taught.lesson.background)
    yield Text()


def choices(predict: Prediction) -> Iterator[RenderableType]:
    """The question, and what may be answered."""
    yield Text("Predict", NAME)
    yield from _prose(predict.question)
    yield Text()
    for letter, choice in zip(predict.letters, predict.choices, strict=True):
        yield _beside(Text(f"{letter})", NAME), text(_joined(choice)))
    yield Text()


def filled_in(command: str, environment: Mapping[str, str]) -> str:
    """The command as it can be typed in any terminal: each $SIMNET_... with its value, so that nothing has to be set."""
    return re.sub(
        r"\$(?:(SIMNET_\w+)|\{(SIMNET_\w+)\})|os\.environ\[\\?[\"'](SIMNET_\w+)\\?[\"']\]",
        lambda found: _value(found, environment),
        command,
    )


def _value(found: re.Match[str], environment: Mapping[str, str]) -> str:
    plain, in_python = found[1] or found[2], found[3]
    if in_python in environment:
        return json.dumps(environment[in_python])
    return environment.get(plain, found[0])


def to_try(commands: Sequence[str], environment: Mapping[str, str]) -> Iterator[Text]:
    """The commands, numbered, as they can be copied: each in lines that nobody has wrapped."""
    yield Text("Try", NAME)
    yield Text("A number runs it here; or copy it to another terminal. `help` tells more.", DIM)
    for number, command in enumerate(commands, 1):
        first, *more = filled_in(command, environment).rstrip("\n").split("\n")
        yield Text.assemble((f"  {number}  ", NAME), text(first, "cyan"))
        yield from (text(line, "cyan") for line in more)
    yield Text()


def hint(number: int, hints: Sequence[str]) -> Iterator[RenderableType]:
    """One hint; or that there are none left."""
    if number >= len(hints):
        yield Text("There are no more hints; `done` shows what it was.", DIM)
        return
    yield _beside(Text(f"Hint {number + 1} of {len(hints)}:", WARN), text(_joined(hints[number])))


def compared(predict: Prediction, said: str) -> Iterator[RenderableType]:
    """Prediction and fact."""
    right = said == predict.answer
    yield Text("Prediction and fact", NAME)
    mark = ("✓ ", GOOD) if right else ("✗ ", BAD)
    yield _beside(Text.assemble("You said  ", mark), text(f"{said}) {_joined(predict.choice(said))}"))
    if not right:
        yield _beside(
            Text.assemble("The fact  ", ("✓ ", GOOD)),
            text(f"{predict.answer}) {_joined(predict.choice(predict.answer))}"),
        )
    yield Text()


def debrief(words: str) -> Iterator[RenderableType]:
    """What the kernel did."""
    yield Text("What happened, and why", NAME)
    yield from _prose(words)
    yield Text()


def _joined(words: str) -> str:
    return " ".join(words.split())


def _prose(words: str, style: str = "") -> Iterator[RenderableType]:
    """Paragraphs, each wrapped anew; what is indented in the file is kept as it is."""
    for number, paragraph in enumerate(re.split(r"\n\s*\n", words.strip("\n"))):
        if number:
            yield Text()
        lines = paragraph.split("\n")
        if all(line.startswith("  ") for line in lines):
            yield from (text(line) for line in lines)
        else:
            yield Constrain(text(_joined(paragraph), style), READING)


def _beside(label: Text, thing: RenderableType) -> Table:
    """A label, and what belongs to it to the right."""
    made = Table.grid(padding=(0, 1, 0, 0))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")
    made.add_row(Text.assemble("  ", label), thing)
    return made
