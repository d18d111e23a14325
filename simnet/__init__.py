"""simnet: a local network that fails on purpose.

The rooms, in the order in which data goes through them; each arrow is a frozen value::

    YAML --scenario/--> Scenario --plan/--> Plan --world/--> Trace --checks/--> Differences --fronts/--> report

===============  =======================================================================================
`errors`         every public exception, sorted by whose fault it is
`values`         durations, byte counts, rates, addresses: parse or refuse
`faults/`        one file per kind of failure: its parameters and its decisions, no I/O
`services/`      one file per protocol that a fake service speaks, no I/O
`scenario/`      the file format: model, load, dump, schema
`plan/`          scenario + seed -> who meets what; pure
`world/`         the only room with I/O: doors, accept loops, the seam to the kernel
`recording/`     a real conversation, overheard, as a scenario that replays it
`trace/`         what happened: events, their record, its drawing
`checks/`        claims about a trace
`api`            the two ways in from Python
`fronts/`        the command line
===============  =======================================================================================

Every kind of fault is also a function here, with the parameters that it has in YAML::

    import simnet

    with simnet.network("scenarios/refuse.yaml") as net:
        call_the_client(net["api"].url)
        net["api"].set(simnet.reset(after="17 B"))
        call_the_client(net["api"].url)
    simnet.verify(net)
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from simnet.api import fault, network, open_world, verify
from simnet.errors import (
    AddressInUseError,
    ExpectationError,
    MachineError,
    NetworkDownError,
    Problem,
    ScenarioError,
    SimnetError,
)
from simnet.faults import KINDS, Fault
from simnet.scenario import Scenario, dump, load_file, load_text, schema
from simnet.trace import Trace
from simnet.world.handle import ServiceHandle
from simnet.world.run import World

__all__ = [
    "AddressInUseError", "ExpectationError", "Fault", "MachineError", "NetworkDownError", "Problem", "Scenario", "ScenarioError",
    "ServiceHandle", "SimnetError", "Trace", "World", "dump", "fault", "load_file", "load_text", "network",
    "open_world", "schema", "verify",
]  # fmt: skip


def __getattr__(name: str) -> Callable[..., Fault]:
    """Each kind of fault by its name: `simnet.refuse()`, `simnet.stall(after="10 B", for_="2s")`."""
    if name not in KINDS:
        raise AttributeError(f"module `simnet` has no attribute {name!r}; the kinds of fault are {', '.join(KINDS)}")
    return partial(fault, name)


def __dir__() -> list[str]:
    return sorted({*__all__, *KINDS})
