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
`api`, `expect`  the ways in from Python
`grading/`       what a client's runs are worth in points; pure
`matrix/`        what each client does at each failure: outcomes, compared and told; pure
`grader`         a client's grade as a value, from Python
`simulation/`    a client of one's own, run against the network in virtual time
`strategies/`    Hypothesis: networks that fail in any way, and shrink; pure
`reports/`       a run as one JSON document, as a page of HTML, as a picture, as properties; pure
`display`        how values show themselves in a notebook
`fronts/`        the command line, the pytest plugin
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

import importlib
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from simnet.display import register_here

if TYPE_CHECKING:
    from simnet import expect, strategies
    from simnet.api import fault, network, open_world, verify
    from simnet.errors import (
        AddressInUseError,
        ExpectationError,
        LeakError,
        MachineError,
        NetworkDownError,
        NeverEndsError,
        Problem,
        ScenarioError,
        SimnetError,
    )
    from simnet.faults import Fault
    from simnet.grader import Grade, grade
    from simnet.scenario import Scenario, dump, load_file, load_text, schema
    from simnet.simulation import Session, Simulation, Trial, assert_agrees, real, simulate, virtual
    from simnet.trace import Trace
    from simnet.world.handle import ServiceHandle
    from simnet.world.run import World

__all__ = [
    "AddressInUseError", "ExpectationError", "Fault", "Grade", "LeakError", "MachineError", "NetworkDownError",
    "NeverEndsError", "Problem", "Scenario", "ScenarioError", "ServiceHandle", "Session", "SimnetError", "Simulation",
    "Trace", "Trial", "World", "assert_agrees", "dump", "expect", "fault", "grade", "load_file", "load_text",
    "network", "open_world", "real", "schema", "simulate", "strategies", "verify", "virtual",
]  # fmt: skip

# Each is imported when it is first asked for: the pytest plugin lies in this package, and a test run that makes no use
# of simnet shall not pay for pydantic and Trio.
HOMES: Mapping[str, tuple[str, ...]] = {
    "simnet.api": ("fault", "network", "open_world", "verify"),
    "simnet.errors": (
        "AddressInUseError", "ExpectationError", "LeakError", "MachineError", "NetworkDownError", "NeverEndsError",
        "Problem", "ScenarioError", "SimnetError",
    ),
    "simnet.expect": ("expect",),
    "simnet.faults": ("Fault",),
    "simnet.grader": ("Grade", "grade"),
    "simnet.scenario": ("Scenario", "dump", "load_file", "load_text", "schema"),
    "simnet.simulation": ("Session", "Simulation", "Trial", "assert_agrees", "real", "simulate", "virtual"),
    "simnet.strategies": ("strategies",),
    "simnet.trace": ("Trace",),
    "simnet.world.handle": ("ServiceHandle",),
    "simnet.world.run": ("World",),
}  # fmt: skip
"""Module -> the public names that are at home there."""


def __getattr__(name: str) -> Callable[..., Fault]:
    """Each kind of fault by its name: `simnet.refuse()`, `simnet.stall(after="10 B", for_="2s")`."""
    for home, names in HOMES.items():
        if name in names:
            module = importlib.import_module(home)
            found: Any = module if home == f"simnet.{name}" else getattr(module, name)
            globals()[name] = found
            return found  # type: ignore[no-any-return]  # the type checker knows these names from above
    kinds = _kinds()
    if name not in kinds:
        raise AttributeError(f"module `simnet` has no attribute {name!r}; the kinds of fault are {', '.join(kinds)}")
    from simnet.api import fault as make  # noqa: PLC0415 - see above

    return partial(make, name)


def _kinds() -> Mapping[str, type[Fault]]:
    from simnet.faults import KINDS  # noqa: PLC0415

    return KINDS


def __dir__() -> list[str]:
    return sorted({*__all__, *_kinds()})


register_here()
