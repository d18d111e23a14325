"""The names of a running network: what they resolve to, who answers for them, and this process as a client of theirs.

Law: an address here is what the name resolves to when nothing fails; whoever is to meet the faults asks the resolver.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping

from typing_extensions import override

from simnet.plan.plan import Plan
from simnet.world.handle import ServiceHandle
from simnet.world.resolving import Stub, resolving

__all__ = ["Names"]


class Names(Mapping[str, str]):
    """Name -> address (the first of several), of the names that have one."""

    def __init__(self, plan: Plan, services: Mapping[str, ServiceHandle]) -> None:
        self._addresses = {name: addresses[0] for name, addresses in plan.names.items() if addresses}
        self._all = frozenset(plan.names)
        self._thread = threading.get_ident()
        self.resolver = None if plan.resolver is None else services[plan.resolver]
        """The service that answers for them, on port 53 where that may be bound; None if there are no names."""

    @override
    def __getitem__(self, name: str) -> str:
        return self._addresses[name]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._addresses)

    @override
    def __len__(self) -> int:
        return len(self._addresses)

    def resolving(self, timeout: float, attempts: int) -> contextlib.AbstractContextManager[None]:
        """See `World.resolving`."""
        if self.resolver is None:
            raise ValueError("this scenario has no names to resolve; give it some: `names: {api.test: api}`")
        stub = Stub((self.resolver.address, self.resolver.port), timeout, attempts)
        return resolving(self._all, stub, self._refuse_own_thread)

    def _refuse_own_thread(self) -> None:
        if threading.get_ident() == self._thread:
            raise RuntimeError(
                "a blocking look-up in the thread of the network would wait for itself; "
                "use `trio.socket.getaddrinfo`, or bring the network up by `simnet.network`"
            )
