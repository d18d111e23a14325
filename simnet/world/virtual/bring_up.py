"""A plan, brought up on a virtual network.

Law: what the virtual network cannot do is refused before anything is bound, with the reason. The world is the same as on
the real one; only the lease needs nobody's leave, because the addresses are nobody else's.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

import trio

from simnet.errors import MachineError
from simnet.plan.lease import FIRST_SIX_PORT, Lease, blocks_needed
from simnet.plan.plan import Plan, ServicePlan
from simnet.world.plainly import plainly
from simnet.world.run import World
from simnet.world.virtual.clients import dialling_virtually
from simnet.world.virtual.network import VirtualNetwork
from simnet.world.virtual.parameters import Parameters

__all__ = ["open_virtual_world", "virtual_lease"]


def virtual_lease(services: int, six_ports: int = 0) -> Lease:
    """The same addresses for every run."""
    return Lease(tuple(range(blocks_needed(services))), tuple(range(FIRST_SIX_PORT, FIRST_SIX_PORT + six_ports)))


@contextlib.asynccontextmanager
async def open_virtual_world(
    make: Callable[[Lease], Plan],
    services: int,
    six_ports: int = 0,
    *,
    parameters: Parameters | None = None,
    hosts: Mapping[str, Sequence[str]] | None = None,
) -> AsyncIterator[World]:
    """Make the plan, and bring it up in memory for the length of the block, on the clock of this run of Trio.

    In the block every new socket of `trio.socket` is of the virtual network, where each service has its own name too;
    `hosts` are further names and their addresses. Raises `MachineError` for a fault that cannot be had here.
    """
    plan = make(virtual_lease(services, six_ports))
    refuse_what_cannot_be_had(plan)
    async with plainly(), trio.open_nursery() as nursery:
        net = VirtualNetwork(parameters, plan.open_files, plan.ports)
        await nursery.start(net.run)
        world = World(plan, net)
        async with world.up():
            with dialling_virtually(net, {**{one.name: (one.address,) for one in plan.services}, **(hosts or {})}):
                yield world
        nursery.cancel_scope.cancel()


def refuse_what_cannot_be_had(plan: Plan) -> None:
    """Raise `MachineError` if a fault of the plan needs the system calls of a program."""
    found = [complaint for service in plan.services for complaint in _complaints(service)]
    if found:
        cure = "run the scenario on the real network, its client under `simnet run FILE -- CMD`"
        raise MachineError("\n".join([*found, cure]))


def _complaints(service: ServicePlan) -> Iterator[str]:
    for planned in service.faults:
        calls = service.with_faults((planned.fault,), planned.number).asks_about
        if calls:
            why = f"it strikes at the system call {' and '.join(sorted(calls))}(2) of a program, and there is no program"
            yield f"{service.name}: fault {planned.number}, `{planned.fault.kind}`, cannot be had on the virtual network: {why}"
