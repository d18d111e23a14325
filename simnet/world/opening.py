"""A world on Linux's loopback: the lease, the network, the plan made on them, and the world for the length of a block.

Law: what was taken is given back in the order in which it was not taken, whatever way the block is left.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

from simnet.plan.lease import Lease
from simnet.plan.plan import Plan
from simnet.world.lease import hold_lease
from simnet.world.loopback import Loopback
from simnet.world.run import World

__all__ = ["open_world"]


@contextlib.asynccontextmanager
async def open_world(make: Callable[[Lease], Plan], services: int, six_ports: int = 0) -> AsyncIterator[World]:
    """Lease addresses for so many services, make the plan on them, and bring it up for the length of the block.

    Raises `MachineError` if this machine cannot, `AddressInUseError` if somebody holds an address of the plan.
    """
    with hold_lease(services, six_ports) as lease, Loopback() as net:
        world = World(make(lease), net)
        async with world.up():
            yield world
