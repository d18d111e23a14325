"""Does a client meet the same on the virtual network as on the real one?

Law: the client runs unchanged on both, against the same scenario, and all that does not depend on the time of day is
compared: what it returned or raised, with causes and errnos, and what the services saw of it. Where two things happen at
one moment the kernel may take either first: then what it did has to be among what the virtual network does over the
orders of its schedule.
"""

from __future__ import annotations

import asyncio
import errno
import inspect
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

import trio

from simnet.api import Source, network, open_world, scenario_of
from simnet.errors import ExpectationError, LeakError, MachineError, NeverEndsError
from simnet.simulation.simulator import Simulation, simulate
from simnet.trace import Trace
from simnet.trace.events import Applied, RequestBegan, RequestEnded

__all__ = ["Seen", "assert_agrees", "met_on"]

Network = Literal["virtual", "real"]
Loop = Literal["trio", "asyncio", "blocking"]

ORDERS: Final = 64
MOST_CAUSES: Final = 12


@dataclass(frozen=True, slots=True)
class Seen:
    """One run, without its times. `met`: what the client returned, or the chain of what it raised."""

    met: object
    attempts: tuple[tuple[str, int], ...]
    requests: tuple[tuple[str, str, str], ...]
    statuses: tuple[tuple[str, int], ...]
    faults: tuple[tuple[str, str, int], ...]

    def differences(self, other: Seen) -> Iterator[str]:
        """What is not the same, for a reader."""
        for name in self.__slots__:
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                yield f"{name}: {mine!r} and {theirs!r}"


def assert_agrees(
    source: Source,
    client: Callable[..., Any],
    *,
    networks: Sequence[Network] = ("virtual", "real"),
    loop: Loop | None = None,
    orders: int = ORDERS,
) -> Seen:
    """Run `client(net)` on each of the networks, and return what was seen on the first.

    `net["api"].url` (`.address`, `.port`) is where a service is. `loop`: what the client is written for; None: Trio for
    an async function, no loop for any other. What it returns is compared by `==`: leave times out of it, and keep its
    own timeouts a fifth away from the times of the faults. `orders`: over how many orders of schedule the virtual
    network is asked, if the first differs.

    Raises `ExpectationError` with every difference if no order gives what the others saw.
    """
    scenario, loop = scenario_of(source), loop or ("trio" if inspect.iscoroutinefunction(client) else "blocking")
    first = met_on(networks[0], scenario, client, loop)
    for other in networks[1:]:
        found = met_on(other, scenario, client, loop)
        if found == first:
            continue
        if "virtual" not in (networks[0], other):
            raise _disagreement(networks[0], first, other, found)
        real = found if other == "real" else first
        if not any(met_on("virtual", scenario, client, loop, order) == real for order in range(orders)):
            raise _disagreement(networks[0], first, other, found)
    return first


def _disagreement(one: str, first: Seen, other: str, found: Seen) -> ExpectationError:
    rows = [f"the {one} and the {other} network differ", *first.differences(found)]
    return ExpectationError("\n".join(rows))


def met_on(
    network: Network, source: Source, client: Callable[..., Any], loop: Loop = "trio", order: int | None = None
) -> Seen:
    """One run of `client(net)` on that network."""
    if network == "real":
        return _on_the_real_one(source, client, loop)
    with simulate(source, order=order) as sim:
        return _seen(lambda: _way(sim, loop)(client, sim), lambda: sim.trace)


def _way(sim: Simulation, loop: Loop) -> Callable[..., Any]:
    ways: dict[Loop, Callable[..., Any]] = {"trio": sim.run, "asyncio": sim.run_asyncio, "blocking": sim.run_sync}
    return ways[loop]


def _on_the_real_one(source: Source, client: Callable[..., Any], loop: Loop) -> Seen:
    if loop == "trio":
        traces: list[Trace] = []

        async def main() -> Any:
            async with open_world(source) as world:
                try:
                    return await client(world)
                finally:
                    await trio.lowlevel.checkpoint()
                    traces.append(world.trace)

        return _seen(lambda: trio.run(main), lambda: traces[0])
    with network(source) as world:
        call = (lambda: asyncio.run(client(world))) if loop == "asyncio" else (lambda: client(world))
        met = _outcome(call)
    return _seen(lambda: met, lambda: world.trace)


def _outcome(call: Callable[[], object]) -> object:
    try:
        return call()
    except (LeakError, MachineError, NeverEndsError):
        raise
    except Exception as error:  # noqa: BLE001 - what it raises is what is compared
        return tuple(_chain(error))


def _chain(error: BaseException | None) -> Iterator[str]:
    """Types and errnos, from what was raised to what was first wrong."""
    for _ in range(MOST_CAUSES):
        if error is None:
            return
        number = error.errno if isinstance(error, OSError) else None
        yield type(error).__name__ + (f" {errno.errorcode.get(number, number)}" if number else "")
        if isinstance(error, BaseExceptionGroup):
            for inner in error.exceptions:
                yield from _chain(inner)
        error = error.__cause__ or error.__context__


def _seen(call: Callable[[], object], trace: Callable[[], Trace]) -> Seen:
    met = _outcome(call)
    left = trace()
    attempts = Counter(
        {name: left.attempts(name) for name in sorted({event.service for event in left.events if event.service})}
    )
    return Seen(
        met=met,
        attempts=tuple(attempts.items()),
        requests=tuple((one.service, one.method, one.target) for one in left.of(RequestBegan)),
        statuses=tuple((one.service, one.status) for one in left.of(RequestEnded)),
        faults=tuple(sorted({(one.service, one.kind, one.fault) for one in left.of(Applied)})),
    )
