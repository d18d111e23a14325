"""The networks of one test: opened for its fixtures, judged when it has ended, told in its report.

Law: everything lies in the test's own item, nothing in this module; so tests may run in any order and in any number of
processes. A network is judged when the test function is over, so that what it did wrong is a failure of the test; what
comes to light later (a leak, a further attempt while other fixtures end) is an error of its teardown.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterator, Sequence
from pathlib import Path

import pytest

from simnet.api import Source, scenario_of
from simnet.checks.contract import Difference
from simnet.errors import SimnetError
from simnet.fronts.pytest.fixture import Simnet
from simnet.fronts.pytest.hang import HangWatch, is_interrupt
from simnet.fronts.pytest.mark import Asked, asked_by, refuse
from simnet.fronts.pytest.plugin import TRIALS
from simnet.fronts.pytest.refusals import jumping_clocks, refuse_clocks, refuse_denials
from simnet.fronts.pytest.story import command_for, differences_in_words, story
from simnet.fronts.pytest.trial import Trial, network_of, world_of
from simnet.reports.document import properties
from simnet.scenario import Scenario
from simnet.values import Duration
from simnet.world.run import World

__all__ = ["Trials"]


class Trials:
    """What the plugin knows of a test that uses simnet; in its item's stash while it runs."""

    def __init__(self, item: pytest.Item, grace: float = 0.0) -> None:
        self.item = item
        self.asked: Asked = asked_by(item)
        self.trials: list[Trial] = []
        self._stack = contextlib.ExitStack()
        self._told: set[Difference] = set()
        self._failed = False
        self.limit = (self.asked.timeout or _configured_limit(item.config)).seconds
        """Seconds that the test may take."""
        self.hang = HangWatch(self.limit + grace, self._last_words)
        self._stack.callback(self.hang.close)

    @classmethod
    @contextlib.contextmanager
    def of(cls, item: pytest.Item, grace: float = 0.0) -> Iterator[Trials]:
        """For the length of a fixture: at its end the networks go down, and fail it with what has come to light.

        `grace`: seconds beyond its limit before the test is ended.
        """
        __tracebackhide__ = True
        trials: Trials = cls(item, grace)
        item.stash[TRIALS] = trials
        try:
            yield trials
        finally:
            trials._stack.close()
            item.user_properties.extend(trials._properties())
        trials.judge()

    def fixture(self) -> Simnet:
        """The object behind the fixture `simnet`, with the network of the mark, if it names one."""
        made = Simnet(self.open)
        if self.asked.scenario is not None:
            with _in_plain_words():
                made(self.asked.scenario)
        return made

    def open(self, source: Source, seed: int | None = None, *, supervised: bool = False) -> World:
        """Bring a network up until the test is over; `supervised`: the client will be a program under supervision."""
        __tracebackhide__ = True
        scenario = scenario_of(source) if supervised else self._honest(source)
        trial = self._stack.enter_context(network_of(scenario, self._seed(seed), self.asked.leaks))
        self.trials.append(trial)
        return trial.world

    @contextlib.asynccontextmanager
    async def world(self) -> AsyncIterator[World]:
        """The network of the mark, in the Trio loop that is running."""
        assert self.asked.scenario is not None, "the guard has seen to it"
        with _in_plain_words():
            scenario = self._honest(self.asked.scenario)
        async with world_of(scenario, self._seed(None), self.asked.leaks) as trial:
            self.trials.append(trial)
            yield trial.world

    def begin_call(self) -> None:
        """The test function is about to run; every fixture is known."""
        refuse_clocks(jumping_clocks(getattr(self.item, "funcargs", {})))

    def ended_by(self, error: BaseException) -> bool:
        """The test has come to an end by this error: whether it is the one that the watch has put to it."""
        self._failed = True
        return self.hang.fired and is_interrupt(error)

    def end_hanging(self) -> None:
        """Fail the test that the watch has ended."""
        __tracebackhide__ = True
        self.hang.give_up()
        refuse(f"simnet ended this test, which had not come to an end within {Duration.of(self.limit)}")

    def judge(self) -> None:
        """Fail the test with what is not as it should be and was not told before; not one that has failed already.

        A network in a loop of anyio's plugin is still up when the test function is over, and its loop stands still, so that
        it cannot hear the kernel's last words: it is judged when it is down, in the teardown.
        """
        __tracebackhide__ = True
        fresh = [each for each in self.differences() if each not in self._told]
        self._told.update(fresh)
        if fresh and not self._failed:
            self._failed = True
            refuse(differences_in_words(fresh))

    def differences(self) -> Sequence[Difference]:
        """Of all networks that can be judged by now."""
        return [difference for trial in self.trials if trial.can_be_judged for difference in trial.differences()]

    def tell(self, report: pytest.TestReport, width: int, *, colours: bool) -> None:
        """Put what happened into the report of a failure."""
        self._failed = True
        if self.hang.fired:
            report.sections.append(("simnet: where it hung", self.hang.stacks))
        told = [difference for difference in self.differences() if difference not in self._told]
        for trial in self.trials:
            title = f"simnet: {trial.world.plan.title}".removesuffix(": ")
            report.sections.append((title, story(trial.trace(), told, width, colours=colours)))
        self._told.update(told)
        report.sections.append(("simnet: to see it again", command_for(self.item, self.trials)))

    def write_reports(self, folder: Path) -> None:
        """Store each network's trace and page in the folder."""
        from simnet.fronts.pytest.files import write_reports  # noqa: PLC0415 - few runs want it

        write_reports(folder, self.item.nodeid, self.trials)

    # ------------------------------------------------------------------------------------------------------

    def _honest(self, source: Source) -> Scenario:
        __tracebackhide__ = True
        scenario = scenario_of(source)
        refuse_denials(scenario)
        return scenario

    def _seed(self, called_with: int | None) -> int | None:
        """The command line's, else the call's, else the mark's, else the scenario's own (None)."""
        option: int | None = self.item.config.getoption("simnet_seed")
        return next((seed for seed in (option, called_with, self.asked.seed) if seed is not None), None)

    def _properties(self) -> list[tuple[str, object]]:
        return [pair for trial in self.trials for pair in properties(trial.world.trace)]

    def _last_words(self) -> str:
        stories = [story(trial.world.trace, (), 80, colours=False) for trial in self.trials]
        why = f"simnet ended {self.item.nodeid}, which hangs and cannot be interrupted"
        return os.linesep.join([why, self.hang.stacks, *stories, command_for(self.item, self.trials)])


def _configured_limit(config: pytest.Config) -> Duration:
    try:
        return Duration.parse(config.getini("simnet_timeout"))
    except ValueError as error:
        return refuse(f"the setting simnet_timeout: {error}")


@contextlib.contextmanager
def _in_plain_words() -> Iterator[None]:
    """What our errors say is all that a user needs; the way through the plugin is not."""
    __tracebackhide__ = True
    try:
        yield
    except SimnetError as error:
        refuse(str(error))
