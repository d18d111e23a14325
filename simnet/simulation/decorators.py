"""`@simnet.virtual` and `@simnet.real`: a test that is given a running network.

Law: the test is the same on both networks: `async def test(sim, scenario)` on Trio, or a plain function for blocking
clients. What comes out is a plain function of the test's other parameters, so that `@given` and pytest see nothing
unusual. Each call brings up a fresh network.

    async def orders_are_placed_once(sim, scenario): ...

    test_virtually = given(scenario=schedules())(simnet.virtual(save_failing="scenarios/found/")(orders_are_placed_once))

    @pytest.mark.parametrize("scenario", Path("scenarios/found").glob("*.yaml"), ids=str)
    @simnet.real
    async def test_again_on_sockets(sim, scenario):
        await orders_are_placed_once(sim, scenario)
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, overload

import trio
from hypothesis import currently_in_test_context, event, settings, target
from hypothesis.errors import HypothesisException

from simnet.api import network, open_world, scenario_of
from simnet.checks.contract import Check
from simnet.errors import ExpectationError
from simnet.scenario import Scenario
from simnet.simulation.findings import save
from simnet.simulation.simulator import Simulation, simulate
from simnet.simulation.trial import CURE, Trial
from simnet.simulation.watchman import STEPS
from simnet.trace import Trace
from simnet.trace.events import Applied

__all__ = ["real", "virtual"]

Test = Callable[..., Any]
Player = Callable[[Test, Scenario, Mapping[str, Any]], Trace]
"""Plays a test against a scenario, with its other arguments."""

GIVEN: Final = "sim"
"""The parameter that is ours."""

MARK: Final = "_hypothesis_internal_settings_applied"
"""By which Hypothesis knows that settings were given."""


@overload
def virtual(test: Test, /) -> Callable[..., None]: ...
@overload
def virtual(
    *,
    save_failing: str | Path | None = None,
    targets: bool = False,
    seed: int | None = None,
    steps: int = STEPS,
    hosts: Mapping[str, Any] | None = None,
) -> Callable[[Test], Callable[..., None]]: ...
def virtual(  # noqa: PLR0913 - each is a word of its own, and can be left out
    test: Test | None = None,
    /,
    *,
    save_failing: str | Path | None = None,
    targets: bool = False,
    seed: int | None = None,
    steps: int = STEPS,
    hosts: Mapping[str, Any] | None = None,
) -> Any:
    """Run a test in virtual time, against the scenario among its arguments (a `Scenario`, or whatever `scenario=` holds).

    The test is given `sim` (see `Trial`). If it is `async def` it runs on Trio; else it may block, have threads of its own, and
    run asyncio by `asyncio.run`. When it ends well, the scenario's `expect` is judged too. Under `@given`,
    Hypothesis' statistics show which faults struck, and there is no deadline; if the test has an `@settings`, that one
    says `deadline=None`.

    `save_failing`: a folder for the scenario of a failing run. Hypothesis replays the smallest failure last, so that is
    what stays in the file. `targets`: let Hypothesis seek long runs with many attempts, for a property that is a budget.
    `seed`, `steps`, `hosts`: as in `simulate`.

    The test raises what it raises, `NeverEndsError` if it waits for ever, `ExpectationError`.
    """

    def play(inner: Test, scenario: Scenario, arguments: Mapping[str, Any]) -> Trace:
        with simulate(scenario, seed=seed, steps=steps, hosts=hosts) as simulation:
            try:
                _run_virtually(simulation, inner, scenario, arguments)
            finally:
                _tell(simulation, targets=targets)
            _judge(simulation.plan.checks, simulation.trace)
            return simulation.trace

    return _decorator(play, save_failing)(test) if test is not None else _decorator(play, save_failing)


@overload
def real(test: Test, /) -> Callable[..., None]: ...
@overload
def real(
    *, save_failing: str | Path | None = None, within: float = 60.0, seed: int | None = None
) -> Callable[[Test], Callable[..., None]]: ...
def real(
    test: Test | None = None,
    /,
    *,
    save_failing: str | Path | None = None,
    within: float = 60.0,
    seed: int | None = None,
) -> Any:
    """Run a test on real sockets and the wall clock; all else is as with `virtual`.

    `within`: seconds after which an `async def` test is cancelled (`trio.TooSlowError`); a blocking one ends by itself.
    """

    def play(inner: Test, scenario: Scenario, arguments: Mapping[str, Any]) -> Trace:
        if not inspect.iscoroutinefunction(inner):
            with network(scenario, seed) as world:
                inner(Trial(scenario, world), **arguments)
        else:
            world = trio.run(_run_really, inner, scenario, arguments, within, seed)
        _judge(world.plan.checks, world.trace)
        return world.trace

    return _decorator(play, save_failing)(test) if test is not None else _decorator(play, save_failing)


async def _run_really(
    inner: Test, scenario: Scenario, arguments: Mapping[str, Any], within: float, seed: int | None
) -> Any:
    async with open_world(scenario, seed) as world:
        with trio.fail_after(within):
            await _on_trio(inner, Trial(scenario, world), arguments)
    return world


async def _on_trio(inner: Test, sim: Trial, arguments: Mapping[str, Any]) -> None:
    """The test; who takes Trio for asyncio is told so."""
    try:
        await inner(sim, **arguments)
    except RuntimeError as error:
        if str(error) == "no running event loop":  # of asyncio.get_running_loop
            error.add_note(f"simnet: {CURE}")
        raise


def _run_virtually(simulation: Simulation, inner: Test, scenario: Scenario, arguments: Mapping[str, Any]) -> None:
    if inspect.iscoroutinefunction(inner):

        async def body() -> None:
            await _on_trio(inner, Trial(scenario, simulation.world), arguments)

        body.__qualname__ = inner.__qualname__
        simulation.run(body)
        return
    run_sync = getattr(simulation, "run_sync", None)
    if run_sync is None:
        raise TypeError(
            f"{inner.__qualname__} is no `async def`, and this simnet cannot run blocking clients in virtual time"
        )
    run_sync(lambda: inner(Trial(scenario, simulation.world), **arguments))


def _decorator(play: Player, save_failing: str | Path | None) -> Callable[[Test], Callable[..., None]]:
    def decorate(test: Test) -> Callable[..., None]:
        shown = _without_ours(test)

        @functools.wraps(test)
        def run(*args: Any, **kwargs: Any) -> None:
            arguments = shown.bind(*args, **kwargs).arguments
            scenario = _scenario(test, arguments)
            try:
                play(test, scenario, arguments)
            except HypothesisException:
                raise  # `assume` did not hold: that is no failure
            except Exception as error:
                if save_failing is not None:
                    save(Path(save_failing), scenario, test, error)
                raise

        run.__signature__ = shown  # type: ignore[attr-defined]  # what inspect.signature looks for first
        settings(deadline=None)(run)
        vars(run).pop(MARK, None)  # an `@settings` of the test's own takes the place of ours, and is no second one
        return run

    return decorate


def _without_ours(test: Test) -> inspect.Signature:
    """The signature of the test, but for `sim`. Raises `TypeError` if it takes no `sim`."""
    signature = inspect.signature(test)
    if GIVEN not in signature.parameters:
        raise TypeError(f"{test.__qualname__} takes no `{GIVEN}`; write def {test.__name__}({GIVEN}, scenario)")
    return signature.replace(parameters=[one for name, one in signature.parameters.items() if name != GIVEN])


def _scenario(test: Test, arguments: Mapping[str, Any]) -> Scenario:
    """The one argument that is a scenario, or what `scenario` holds."""
    if "scenario" in arguments:
        return scenario_of(arguments["scenario"])
    found = [value for value in arguments.values() if isinstance(value, Scenario)]
    if len(found) != 1:
        raise TypeError(
            f"{test.__qualname__} got {len(found)} scenarios among its arguments; name the one that counts `scenario`"
        )
    return found[0]


def _tell(simulation: Simulation, *, targets: bool) -> None:
    """Tell Hypothesis what the run was like, for its statistics and its search."""
    if not currently_in_test_context():
        return
    trace = simulation.trace
    for kind in sorted({applied.kind for applied in trace.of(Applied)}):
        event(f"struck: {kind}")
    event("attempts", trace.attempts())
    if targets:
        target(float(trace.attempts()), label="simnet: attempts")
        target(simulation.elapsed, label="simnet: elapsed")


def _judge(checks: tuple[Check, ...], trace: Trace) -> None:
    found = [str(difference) for check in checks for difference in check.differences(trace)]
    if found:
        raise ExpectationError("\n".join(found))
