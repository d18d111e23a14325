"""The scenario, and what one run of a client against it has shown.

Law: each run begins at second 0 with a fresh network, and depends on nothing but the scenario and the seed. Whatever way
it ends, everything that was set for it is put back.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, final

import trio
from trio.testing import MockClock

from simnet.api import Source, scenario_of
from simnet.errors import NetworkDownError, NeverEndsError
from simnet.plan.plan import Plan, ServicePlan, make_plan
from simnet.scenario import Scenario
from simnet.simulation.event_loop import run_on_asyncio
from simnet.simulation.greenlets import in_greenlet
from simnet.simulation.patches import patched
from simnet.simulation.scene import Scene, set_scene
from simnet.simulation.watchman import STEPS, Watchman
from simnet.trace import Trace
from simnet.world.run import World
from simnet.world.virtual.bring_up import open_virtual_world, refuse_what_cannot_be_had, virtual_lease
from simnet.world.virtual.clients import dialling_here
from simnet.world.virtual.parameters import Parameters
from simnet.world.virtual.private import in_fixed_order

__all__ = ["Simulation", "simulate"]

T = TypeVar("T")


@final
class Simulation:
    """One scenario in virtual time; made by `simulate`. `sim["api"].url` is where a service will be."""

    def __init__(  # noqa: PLR0913, PLR0917 - made by `simulate` alone
        self,
        scenario: Scenario,
        seed: int | None,
        hosts: Mapping[str, Sequence[str]],
        parameters: Parameters | None,
        steps: int,
        order: int | None = None,
    ) -> None:
        self._scenario, self._seed, self._hosts, self._order = scenario, seed, hosts, order
        self._parameters, self._steps = parameters, steps
        self._six = sum(one.at is not None and one.at.address == "::1" for one in scenario.services.values())
        self.plan: Plan = make_plan(scenario, virtual_lease(len(scenario.services), self._six), seed)
        refuse_what_cannot_be_had(self.plan)
        self._services = {one.name: one for one in self.plan.services}
        self._world: World | None = None
        self._trace: Trace | None = None
        self.elapsed = 0.0
        """Virtual seconds that the last run of a client took."""

    def __getitem__(self, service: str) -> ServicePlan:
        """A service as it is planned: its `url`, `address`, `port` and `addr`, the same in every run."""
        return self._services[service]

    @property
    def world(self) -> World:
        """The running network. Raises `NetworkDownError` outside of a run."""
        if self._world is None:
            raise NetworkDownError("the network is up only while a client runs; what it did is in `trace`")
        return self._world

    @property
    def trace(self) -> Trace:
        """What happened in the last run, or has happened so far in this one. Raises `NetworkDownError` before the first."""
        if self._world is not None:
            return self._world.trace
        if self._trace is None:
            raise NetworkDownError("nothing was run yet")
        return self._trace

    def attempts(self, service: str | None = None) -> int:
        """How many attempts to connect the last run made: at that service, or at all."""
        return self.trace.attempts(service)

    def run(self, client: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Run `await client(*args)` on Trio against a fresh network, from second 0; return or raise what it does.

        Its sockets are those of `trio.socket` (httpx, anyio and `trio.open_tcp_stream` use them), and each service is
        found by its name (`http://api:8080/`). The clocks of `time`, `os.urandom` and `random` are those of the run, and
        `trio.to_thread` starts no thread. Raises `NeverEndsError` if it waits for ever, or works for ever, and `LeakError`
        if it touches a real socket, a real sleep, a thread or another program.
        """
        watchman = Watchman(self._steps)

        async def main() -> T:
            async with self._network() as world:
                with self._timing(world):
                    return await _watched(watchman, self._scene, client, *args)

        with in_fixed_order(self.plan.seed, self._order):
            return trio.run(main, clock=MockClock(autojump_threshold=0), instruments=[watchman])

    def run_sync(self, client: Callable[..., T], *args: Any) -> T:
        """Run blocking code, `client(*args)`, as it is: requests, urllib3, http.client, redis, tenacity, threads.

        See `run`; names of `socket`, `select`, `ssl`, `threading` and `time` are those of the run, under whatever name a
        module has them. Needs the extra `virtual` (greenlet), and raises `MachineError` without it.
        """
        result: T = self.run(in_greenlet, client, *args)
        return result

    def run_asyncio(self, client: Callable[..., Awaitable[T]], *args: Any) -> T:
        """Run `await client(*args)` on asyncio, on its own selector loop: aiohttp, httpx, redis.asyncio, asyncpg.

        See `run_sync`. uvloop cannot be had: it is written in C and asks the kernel itself.
        """
        result: T = self.run(in_greenlet, run_on_asyncio, client, *args)
        return result

    def _scene(self, threads: trio.Nursery) -> Scene:
        return Scene(*dialling_here(), threads, self.plan.seed, self._order)

    @contextlib.asynccontextmanager
    async def _network(self) -> Any:
        """The network of one run; its trace is kept when it is down."""
        opened = open_virtual_world(
            lambda lease: make_plan(self._scenario, lease, self._seed),
            len(self._services),
            self._six,
            parameters=self._parameters,
            hosts=self._hosts,
        )
        try:
            async with opened as self._world:
                yield self._world
        finally:
            if self._world is not None:
                self._trace, self._world = self._world.trace, None

    @contextlib.contextmanager
    def _timing(self, world: World) -> Iterator[None]:
        try:
            yield
        finally:
            self.elapsed = world.elapsed()


async def _watched(
    watchman: Watchman,
    make_scene: Callable[[trio.Nursery], Scene],
    client: Callable[..., Awaitable[T]],
    *args: Any,
) -> T:
    """Run the client in a task of its own, so that it can be told from the network's; raises `NeverEndsError`."""
    results: list[T] = []
    failures: list[Exception] = []
    scenes: list[Scene] = []

    async def run() -> None:
        watchman.watch(trio.lowlevel.current_task())
        async with trio.open_nursery() as threads:
            scenes.append(stack.enter_context(set_scene(make_scene(threads))))
            try:
                results.append(await client(*args))
            except Exception as error:  # noqa: BLE001 - it is raised where the client was started, not in a group
                failures.append(error)
            finally:
                watchman.rest()
                threads.cancel_scope.cancel()

    with contextlib.ExitStack() as stack, watchman.scope:
        stack.enter_context(patched(next((one for one in reversed((client, *args)) if hasattr(one, "__code__")), client)))
        async with trio.open_nursery() as nursery:
            nursery.start_soon(run, name=getattr(client, "__qualname__", "the client"))
    _raise_what_was_found(watchman, scenes, failures)
    return results[0]


def _raise_what_was_found(watchman: Watchman, scenes: list[Scene], failures: list[Exception]) -> None:
    """A leak goes before what the client made of it."""
    for scene in scenes:
        if scene.leaks:
            raise scene.leaks[0]
    if watchman.verdict:
        raise NeverEndsError(watchman.verdict)
    if failures:
        raise failures[0]


@contextlib.contextmanager
def simulate(  # noqa: PLR0913 - each by its name
    source: Source,
    *,
    seed: int | None = None,
    hosts: Mapping[str, Sequence[str]] | None = None,
    parameters: Parameters | None = None,
    steps: int = STEPS,
    order: int | None = None,
) -> Iterator[Simulation]:
    """Have the network of a scenario in virtual time, for clients that are run by `Simulation.run`.

    `seed` overrides the scenario's; `hosts` are names besides those of the services, with their addresses; `parameters`
    are those of another Linux; `steps`: how many steps of tasks may be taken while no time passes; `order`: the seed of
    another order among things that happen at one moment (races), and only of that.

    Raises `ScenarioError`, and `MachineError` for a fault that the virtual network cannot have.
    """
    yield Simulation(scenario_of(source), seed, hosts or {}, parameters, steps, order)
