"""`simnet learn [LESSON]`: the course, and a lesson of it, in a terminal or from a list of answers.

Law: a prediction is asked for before anything is bound, so that nobody can look first; whatever ends the lesson, the
network is taken down. The verdict is that of the scenario's own `expect:`, on what really happened.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.text import Text

from simnet.api import network
from simnet.checks.judge import judge
from simnet.fronts.inbox import Inbox, Signalled, Typed, catching_signals
from simnet.fronts.lessons import progress, words
from simnet.fronts.lessons.course import Taught, course, find
from simnet.fronts.lessons.keyboard import Keyboard, answers_in
from simnet.fronts.lessons.picture import WIDEST
from simnet.fronts.lessons.session import Left, Sitting
from simnet.fronts.options import Seed
from simnet.fronts.report import verdict
from simnet.fronts.show import DIM, NAME, WARN, Screen, text
from simnet.fronts.statuses import Status, of_signal
from simnet.scenario.lesson import Prediction
from simnet.scenario.words import one_of
from simnet.trace.diagram import diagram
from simnet.world.run import World

__all__ = ["learn", "teach"]

Wanted = Annotated[
    str | None,
    typer.Argument(metavar="[LESSON]", show_default=False, help="Its number, its name, or a file with a `lesson:`."),
]
Answers = Annotated[
    str | None,
    typer.Option(
        "--answers",
        metavar="FILE or b,1,...",
        show_default=False,
        help="What to say: the prediction, then what would be typed at the prompt; a file has a line for each.",
    ),
]
NoWait = Annotated[
    bool,
    typer.Option("--no-wait", help="Wait for nobody: without other answers run the lesson's own commands, then end."),
]


def learn(wanted: Wanted = None, *, answers: Answers = None, no_wait: NoWait = False, seed: Seed = None) -> None:
    """List the lessons and one's progress, or take a lesson: predict, try, and see what really happened.

    At the prompt a number runs the lesson's command of that number, `hint` gives a hint, `done` ends the lesson, and any
    other line is a command for the shell. What is run in other terminals is watched just as well.
    """
    screen = Screen()
    if wanted is None:
        screen.print(*words.listing(course(), progress.load()))
        return
    taught, said = find(wanted), _said(answers)
    if no_wait and len(said) == 1:
        said = [*said, *map(str, range(1, len(taught.lesson.commands) + 1))]
    reads_on = not no_wait and (answers is None or sys.stdin.isatty())
    with catching_signals() as inbox:
        keyboard = Keyboard(said, inbox, reads_on=reads_on)
        try:
            teach(taught, screen, inbox, keyboard, waits=not no_wait and not sys.stdin.isatty(), seed=seed)
        except Left as left:
            screen.print(Text())
            raise typer.Exit(Status.HELD if left.number is None else of_signal(left.number)) from None


def _said(answers: str | None) -> Sequence[str]:
    if answers is None:
        return []
    try:
        return answers_in(answers)
    except (OSError, UnicodeDecodeError) as error:
        raise typer.BadParameter(f"{answers} cannot be read: {error}", param_hint="--answers") from None


def teach(  # noqa: PLR0913 - what a lesson needs
    taught: Taught, screen: Screen, inbox: Inbox, keyboard: Keyboard, *, waits: bool, seed: int | None
) -> None:
    """The whole lesson, to its end: raises `typer.Exit` with the status, or `Left` if the student goes away.

    `waits`: the network stays up when nothing more can be typed.
    """
    screen.print(*words.opening(taught), *words.choices(taught.lesson.predict))
    predicted = _predicted(taught.lesson.predict, screen, inbox, keyboard)
    with network(taught.scenario, seed) as world:
        Sitting(world, taught.lesson, screen, inbox, keyboard, waits).attend()
    raise typer.Exit(_conclude(taught, predicted, world, screen))


def _predicted(predict: Prediction, screen: Screen, inbox: Inbox, keyboard: Keyboard) -> str:
    """The letter that the student chooses."""
    ask = Text(f"Your prediction ({', '.join(predict.letters)}): ", NAME)
    while True:
        given = keyboard.ask()
        screen.console.print(ask if given is None else ask + text(given), end="" if given is None else "\n")
        item = inbox.get()
        if isinstance(item, Signalled):
            raise Left(item.number)
        assert isinstance(item, Typed), "nothing else is under way"
        if item.line is None:
            raise typer.BadParameter(f"a lesson begins with a prediction: {one_of(predict.letters)}")
        letter = item.line.strip().lower().removesuffix(")")
        if letter in predict.letters:
            screen.print(Text())
            return letter
        screen.print(Text(f"Write {one_of(predict.letters).replace('`', '')}.", DIM))


def _conclude(taught: Taught, predicted: str, world: World, screen: Screen) -> int:
    """What happened, against what was predicted and what is expected; and what becomes of it."""
    trace, checks = world.trace, world.plan.checks
    differences = judge(checks, trace)
    screen.print(Text(), diagram(trace, min(screen.console.width, WIDEST)), Text())
    screen.print(*words.compared(taught.lesson.predict, predicted), *words.debrief(taught.lesson.debrief))
    screen.print(Text("The rubric: what a good client does", NAME), *verdict(trace, checks, differences))
    lost = progress.keep(taught.stem, predicted=predicted == taught.lesson.predict.answer, held=not differences)
    if lost:
        screen.print(Text.assemble(("Your progress was not kept: ", WARN), text(lost)))
    return Status.NOT_HELD if differences else Status.HELD
