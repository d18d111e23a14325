"""The two ways to bring a network up from Python: on Trio, and from anything else.

Law: what is given here may be a `Scenario`, a path, or YAML text; everything after that goes the one way through the
house, YAML -> Scenario -> Plan -> world -> Trace.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Literal, TypeAlias

from simnet.checks.judge import judge
from simnet.errors import ExpectationError
from simnet.faults import KINDS, Fault
from simnet.plan.plan import make_plan
from simnet.scenario import Scenario, load_file, load_text
from simnet.world import opening
from simnet.world.run import World
from simnet.world.thread import in_thread
from simnet.world.virtual.bring_up import open_virtual_world

__all__ = ["Source", "fault", "network", "open_world", "scenario_of", "verify"]

Source: TypeAlias = Scenario | Path | str
"""A scenario, the path of its file, or its text (a `str` with a line break is text, any other is a path)."""


def scenario_of(source: Source) -> Scenario:
    """Load what `source` stands for. Raises `ScenarioError` with every mistake of the file."""
    if isinstance(source, Scenario):
        return source
    return load_text(source) if isinstance(source, str) and "\n" in source else load_file(source)


@contextlib.asynccontextmanager
async def open_world(
    source: Source, seed: int | None = None, network: Literal["real", "virtual"] = "real"
) -> AsyncIterator[World]:
    """Bring the network of a scenario up, on Trio, for the length of the block; `seed` overrides the scenario's.

    With `network="virtual"` it is a model in memory, on the clock of the running `trio.run`: give that a
    `trio.testing.MockClock(autojump_threshold=0)` and waiting costs nothing. In the block the sockets of `trio.socket`
    are then of that network, and each service can be reached by its name too.

    Raises `ScenarioError` before anything is bound, `MachineError` if this machine (or the virtual network) cannot, and
    `AddressInUseError` if somebody else holds an address that the scenario names.
    """
    scenario = scenario_of(source)
    six = sum(spec.at is not None and spec.at.address == "::1" for spec in scenario.services.values())
    services = len(scenario.services) + bool(scenario.names)
    opener = open_virtual_world if network == "virtual" else opening.open_world
    async with opener(lambda lease: make_plan(scenario, lease, seed), services, six) as world:
        yield world


@contextlib.contextmanager
def network(source: Source, seed: int | None = None) -> Iterator[World]:
    """Bring the network up in a thread of its own: for synchronous clients, asyncio, or anything else.

    Raises what `open_world` raises.
    """
    scenario = scenario_of(source)
    with in_thread(lambda: open_world(scenario, seed)) as world:
        yield world


def verify(world: World) -> None:
    """Judge the finished run: raises `ExpectationError` if an expectation did not hold or a fault was not proven."""
    differences = judge(world.plan.checks, world.trace)
    if differences:
        raise ExpectationError("\n".join(str(difference) for difference in differences))


def fault(kind: str, **parameters: object) -> Fault:
    """Make a fault as in YAML: `fault("reset", after="17 B", when={"connections": 4})`.

    Raises `ValueError` for an unknown kind, pydantic's `ValidationError` (a `ValueError`) for a wrong parameter.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no fault `{kind}`; there are {', '.join(KINDS)}")
    return KINDS[kind].model_validate({"fault": kind, **{name.rstrip("_"): value for name, value in parameters.items()}})
