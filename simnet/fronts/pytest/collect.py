"""`pytest --simnet-scenarios DIR`: scenario files with a `run:` line, as tests.

Law: a scenario file runs code only where its caller has asked for that, which this option does. The program gets what
`simnet run` gives it and is judged alike; it runs in the folder of its file, so that `python client.py` is the one beside
it, wherever pytest was started.
"""

from __future__ import annotations

import queue
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from simnet.checks.finishes import Finishes
from simnet.errors import ScenarioError
from simnet.fronts.child import Child, NotRunnableError, runnable
from simnet.fronts.command import words_of
from simnet.fronts.inbox import Inbox, Over
from simnet.fronts.pytest.mark import refuse
from simnet.fronts.pytest.trials import Trials
from simnet.fronts.statuses import at_the_end
from simnet.scenario import Scenario, load_file
from simnet.trace.events import ClientEnded, ClientStarted
from simnet.world.run import World

__all__ = ["collect", "look_there_too"]

GRACE = 10.0
"""Seconds that the program is given less than its test: it is ended in order, before the test is."""


def look_there_too(config: pytest.Config, folders: Sequence[str]) -> None:
    """Add the folders to what pytest looks through, unless single tests, or files of theirs, were named."""
    named = [_place(config, arg.partition("::")[0]) for arg in config.args]
    for folder in folders:
        place = _place(config, folder)
        if not place.exists():
            raise pytest.UsageError(f"--simnet-scenarios: there is no {folder}")
        related = any(place.is_relative_to(other) or other.is_relative_to(place) for other in named)
        if not related and not any("::" in arg for arg in config.args):
            config.args.append(str(place))


def collect(file_path: Path, folders: Sequence[str], parent: pytest.Collector) -> pytest.Collector | None:
    """The collector for a file that lies in one of the folders."""
    if not any(file_path.is_relative_to(_place(parent.config, folder)) for folder in folders):
        return None
    made: pytest.Collector = ScenarioFile.from_parent(parent, path=file_path)
    return made


def _place(config: pytest.Config, path: str | Path) -> Path:
    return (config.invocation_params.dir / path).resolve()


class ScenarioFile(pytest.File):
    """A scenario file: one test if it has a `run:` line, none otherwise."""

    @override
    def collect(self) -> Iterator[pytest.Item]:
        scenario = load_file(self.path)
        if scenario.run is not None:
            yield ScenarioItem.from_parent(self, name="run", scenario=scenario)

    @override
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, ScenarioError):
            return str(excinfo.value)
        return super().repr_failure(excinfo)


class ScenarioItem(pytest.Item):
    """The program of a scenario, on its network."""

    def __init__(self, *, scenario: Scenario, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]  # what pytest gives to every node
        self.scenario = scenario

    @override
    def runtest(self) -> None:
        __tracebackhide__ = True
        assert self.scenario.run is not None, "the file was collected for it"
        words = words_of(self.scenario.run)
        with Trials.of(self, grace=GRACE) as trials:
            try:
                runnable(words, self.scenario.client.open_files)
            except NotRunnableError as error:
                refuse(f"simnet: {error}")
            world = trials.open(self.scenario, supervised=True)
            ended = self._run(world, words, trials.limit)
        wrong = _wrong(ended, at_the_end(ended, trials.differences(), self.scenario.expect, None))
        if wrong:
            refuse(f"simnet: the program {wrong}")

    def _run(self, world: World, words: Sequence[str], limit: float) -> ClientEnded:
        inbox: Inbox = queue.SimpleQueue()
        files = world.own_files()
        world.journal.add(ClientStarted(t=world.elapsed(), command=shlex.join(words)))
        with world.supervising(files=files) as supervision:
            launched = supervision.command(words, world.plan.open_files)
            child = Child(launched, world.environment(), supervision, inbox, aside=False, folder=self.path.parent)
            stopped = True
            try:
                item = inbox.get(timeout=min(limit, self._expected()))
                stopped = not isinstance(item, Over)
            except queue.Empty:
                pass
            finally:  # Ctrl-C included
                seconds = child.seconds()
                status = child.end(None)
        ended = ClientEnded(t=world.elapsed(), status=status, seconds=round(seconds, 4), stopped=stopped)
        world.journal.add(ended)
        return ended

    def _expected(self) -> float:
        """How long the program may run by what is expected of it."""
        bounds = [c.within.seconds for c in self.scenario.expect if isinstance(c, Finishes) and c.within is not None]
        return min(bounds, default=float(2**20))

    @override
    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        if isinstance(excinfo.value, pytest.fail.Exception):
            return str(excinfo.value)
        return super().repr_failure(excinfo)

    @override
    def reportinfo(self) -> tuple[Path, int | None, str]:
        return self.path, None, f"{self.path.name}: {self.scenario.title}".removesuffix(": ")


def _wrong(ended: ClientEnded, status: int) -> str:
    """What is wrong with how it ended; "" if nothing is, or what is was said by a check."""
    if ended.stopped:
        return f"had not ended after {ended.seconds:.4g} s, and was stopped"
    return f"ended with status {status}" if status else ""
