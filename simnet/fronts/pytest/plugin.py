"""What pytest loads (entry point `pytest11`): options, the mark, two fixtures, and the hooks that look after them.

Law: thin, and silent where nobody asks for simnet: this file imports nothing but pytest, and each hook looks into the stash
of the test before it does anything, so that a test run without simnet pays some microseconds a test. Nothing is kept in
this module. (PYTEST_DONT_REWRITE: it asserts nothing, and pytest need not warn if it was imported before.)
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from simnet.fronts.pytest.fixture import Simnet
    from simnet.fronts.pytest.trials import Trials
    from simnet.world.run import World

TRIALS: pytest.StashKey[Trials] = pytest.StashKey()
"""Where a test keeps its networks."""

MARK = "simnet(scenario, *, seed=None, leaks='ignore', timeout='60s'): bring the network of this scenario up for the test"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the options; as texts, since xdist can hand nothing else to its workers."""
    group = parser.getgroup("simnet", "simnet: a local network that fails on purpose")
    group.addoption(
        "--simnet-scenarios", action="append", default=[], metavar="DIR",
        help="collect the scenario files in DIR that have a `run:` line as tests",
    )  # fmt: skip
    group.addoption("--simnet-seed", type=int, metavar="N", help="the seed of every network, in place of any other")
    group.addoption("--simnet-report", metavar="DIR", help="write a page of HTML and the trace of every network into DIR")
    parser.addini("simnet_timeout", "after how long a test with a network is ended (60s)", default="60s")


def pytest_configure(config: pytest.Config) -> None:
    """Register the mark, and let pytest look where the scenarios are."""
    config.addinivalue_line("markers", MARK)
    if folders := config.getoption("simnet_scenarios"):
        from simnet.fronts.pytest.collect import look_there_too  # noqa: PLC0415 - see the law

        look_there_too(config, folders)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a scenario file, where that was asked for."""
    folders = parent.config.getoption("simnet_scenarios")
    if not folders or file_path.suffix not in {".yaml", ".yml"}:
        return None
    from simnet.fronts.pytest.collect import collect  # noqa: PLC0415

    return collect(file_path, folders, parent)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """End fixtures that hang; refuse a mark without a fixture, when every other plugin has had its part."""
    yield from _ended_if_it_hangs(item)
    if item.get_closest_marker("simnet") is not None:
        from simnet.fronts.pytest.mark import without_fixture  # noqa: PLC0415

        without_fixture(item)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Judge the test's networks when its function is over."""
    if (trials := _trials(item)) is not None:
        trials.begin_call()
    yield from _ended_if_it_hangs(item)
    if trials is not None:
        trials.judge()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """End fixtures that hang."""
    yield from _ended_if_it_hangs(item)


def _ended_if_it_hangs(item: pytest.Item) -> Generator[None]:
    hanging: Trials | None = None
    try:
        yield
    except BaseException as error:
        hanging = _trials(item)
        if hanging is None or not hanging.ended_by(error):
            raise
    if hanging is not None:
        hanging.end_hanging()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failure what happened on its networks."""
    report = yield
    if (trials := _trials(item)) is not None:
        if report.failed:
            width, colours = _screen(item.config)
            trials.tell(report, width, colours=colours)
        if report.when == "teardown" and (folder := item.config.getoption("simnet_report")) is not None:
            trials.write_reports(Path(folder))
    return report


def pytest_enter_pdb(config: pytest.Config) -> None:
    """A person thinks: no test is ended any more."""
    session = config.pluginmanager.get_plugin("session")
    for item in getattr(session, "items", ()):
        if (trials := _trials(item)) is not None:
            trials.hang.give_up()


@pytest.fixture
def simnet(request: pytest.FixtureRequest) -> Iterator[Simnet]:
    """Networks that fail on purpose, for synchronous clients, asyncio, threads, and programs.

    Call it with a scenario: `net = simnet("flaky.yaml")`; or name the scenario in @pytest.mark.simnet("flaky.yaml"), and it
    is that network: `simnet["api"].url`. When the test is over, every expectation of the scenario must hold and every
    required fault must have struck.
    """
    from simnet.fronts.pytest.trials import Trials  # noqa: PLC0415

    __tracebackhide__ = True
    with Trials.of(request.node) as trials:
        yield trials.fixture()


@pytest.fixture
def _simnet_on_trio(request: pytest.FixtureRequest) -> Iterator[Trials]:
    from simnet.fronts.pytest.refusals import refuse_without_trio  # noqa: PLC0415
    from simnet.fronts.pytest.trials import Trials  # noqa: PLC0415

    __tracebackhide__ = True
    refuse_without_trio(request)
    with Trials.of(request.node) as trials:
        yield trials


@pytest.fixture
async def simnet_world(_simnet_on_trio: Trials) -> AsyncIterator[World]:
    """The network of @pytest.mark.simnet("flaky.yaml") in the test's own Trio loop (pytest-trio, or anyio's plugin)."""
    async with _simnet_on_trio.world() as world:
        yield world


def _trials(item: pytest.Item) -> Trials | None:
    """What is known of the test, if it uses simnet."""
    return item.stash.get(TRIALS, None)


def _screen(config: pytest.Config) -> tuple[int, bool]:
    """The width to draw in, and whether with colours; a worker of xdist has no screen."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return 100, False
    writer = config.get_terminal_writer()
    return writer.fullwidth, writer.hasmarkup
