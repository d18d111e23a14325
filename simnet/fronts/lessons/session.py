"""One sitting: the network is up, the student tries things, and everything that happens is drawn.

Law: the network is watched and never asked, so it does not matter where a command runs: here, at the prompt, under
supervision; or anywhere else on this machine. The main thread waits for one thing only, the inbox.
"""

from __future__ import annotations

import contextlib
import queue
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

from simnet.fronts.child import Child
from simnet.fronts.command import words_of
from simnet.fronts.inbox import Inbox, Item, Over, Signalled, Typed
from simnet.fronts.lessons import words
from simnet.fronts.lessons.keyboard import Keyboard
from simnet.fronts.lessons.picture import Picture
from simnet.fronts.show import DIM, Screen, table, text
from simnet.scenario.lesson import Lesson
from simnet.trace.events import Event
from simnet.trace.wording import plural
from simnet.world.run import World

__all__ = ["Left", "Sitting"]

PROMPT = "try> "

TOGETHER = 0.15
"""Seconds in which events are drawn as one batch: the SYN and what became of it belong together."""


class Left(Exception):
    """The student has left; by which signal, or None for `quit`."""

    def __init__(self, number: int | None = None) -> None:
        self.number = number
        super().__init__()


@dataclass
class Sitting:
    """A student, a lesson, and the network of its scenario."""

    world: World
    lesson: Lesson
    screen: Screen
    inbox: Inbox
    keyboard: Keyboard
    waits: bool
    """Whether the network stays up when nothing more can be typed: until a signal comes."""
    picture: Picture = field(init=False)
    _hints: int = 0
    _asking: bool = False

    def __post_init__(self) -> None:
        addresses = {name: service.addr for name, service in self.world.services.items()}
        self.picture = Picture(self.screen.console, addresses)
        self.world.journal.subscribe(self.inbox.put)

    def attend(self) -> None:
        """Do what the student says until they are done. Raises `Left` if they go away."""
        self._show()
        while (line := self._next_line()) is not None and line != "done":
            self._obey(line)
        self._let_it_settle()

    def _show(self) -> None:
        for line in words.to_try(self.lesson.commands, self.world.environment()):
            self.screen.line(line)

    def _obey(self, line: str) -> None:
        match line:
            case "":
                pass
            case "hint":
                self.screen.print(*words.hint(self._hints, self.lesson.hints))
                self._hints += 1
            case "show":
                self._show()
            case "help" | "?":
                self.screen.print(_help())
            case "quit" | "exit":
                raise Left
            case _ if line.isdecimal():
                self._run_own(int(line))
            case _:
                self._run(line)

    def _run_own(self, number: int) -> None:
        if not 1 <= number <= len(self.lesson.commands):
            self.screen.print(Text(f"There are {plural(len(self.lesson.commands), 'command')}; `show` shows them.", DIM))
            return
        self._run(self.lesson.commands[number - 1])

    def _run(self, command: str) -> None:
        """Run it for a shell, as long as it takes, and draw what it does meanwhile."""
        with self.world.supervising() as supervision:
            launched = supervision.command(words_of(command), self.world.plan.open_files)
            child = Child(launched, self.world.environment(), supervision, self.inbox, aside=False)
            while not isinstance(item := self._await(), Over):
                if isinstance(item, Signalled):
                    child.end(by=item)
                    if item.number != signal.SIGINT:
                        raise Left(item.number)
                    break
        self._let_it_settle()
        if isinstance(item, Over) and item.status:
            self.screen.print(Text(_ending(item.status), DIM))

    def _next_line(self) -> str | None:
        """What is typed next, without blanks around it; None when there is no more to come."""
        said = self.keyboard.ask()
        self._prompt(said)
        self._asking = said is None
        while not isinstance(item := self._await(), Typed):
            if isinstance(item, Signalled):
                raise Left(item.number)
        self._asking = False
        if item.line is None and self.waits:
            self._stay()
        return None if item.line is None else item.line.strip()

    def _prompt(self, said: str | None) -> None:
        if said is not None:
            self.screen.line((PROMPT, "bold"), text(said))
        elif self.screen.drawn:
            self.screen.console.print(Text(PROMPT, "bold"), end="")

    def _stay(self) -> None:
        """Nobody can type any more: the network is there for whoever comes, until a signal."""
        self.screen.print(Text("The network stays up; Ctrl-C ends the lesson.", DIM))
        while not isinstance(self._await(), Signalled):
            pass

    def _await(self) -> Item:
        """The next item that is no event; events are drawn meanwhile."""
        while True:
            item = self.inbox.get()
            if not isinstance(item, Event):
                return item
            batch, after = _batch(item, self.inbox)
            self._draw(batch)
            if after is not None:
                return after

    def _draw(self, events: Sequence[Event]) -> None:
        """On a terminal, above the prompt if there is one; elsewhere the diagram at the end tells it all."""
        if not self.screen.drawn:
            return
        lines = list(self.picture.lines(events))
        if lines and self._asking:
            self.screen.console.file.write("\r\x1b[K")
        for line in lines:
            self.screen.console.print(line, no_wrap=True, overflow="ellipsis")
        if lines and self._asking:
            self._prompt(None)

    def _let_it_settle(self) -> None:
        """Draw what the kernel has yet to say of connections that have just ended."""
        until = time.monotonic() + 1.0
        while self.world.catch_up() and time.monotonic() < until:
            time.sleep(0.01)
        with contextlib.suppress(queue.Empty):
            item: Item | None = self.inbox.get_nowait()
            if isinstance(item, Event):
                batch, item = _batch(item, self.inbox)
                self._draw(batch)
            if item is not None:
                self.inbox.put(item)


def _batch(first: Event, inbox: Inbox) -> tuple[Sequence[Event], Item | None]:
    """The events of the next moment, and what else came and cut it short."""
    events = [first]
    until = time.monotonic() + TOGETHER
    with contextlib.suppress(queue.Empty):
        while (left := until - time.monotonic()) > 0:
            item = inbox.get(timeout=left)
            if not isinstance(item, Event):
                return events, item
            events.append(item)
    return events, None


def _ending(status: int) -> str:
    return f"(ended by signal {-status})" if status < 0 else f"(exit status {status})"


def _help() -> Table:
    made = table("", "", rule=False)
    for what, does in words.HELP:
        made.add_row(Text(f"  {what}", "bold"), Text(does))
    return made
