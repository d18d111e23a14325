"""The names of a running network: what they resolve to, who answers for them, and this process as a client of theirs.

Law: an address here is what the name resolves to when nothing fails; whoever is to meet the faults asks the resolver.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Mapping

from typing_extensions import override

from simnet.errors import MachineError
from simnet.plan.lease import DNS_PORT
from simnet.plan.plan import Plan
from simnet.world.handle import ServiceHandle
from simnet.world.own_files import own_files
from simnet.world.resolving import Stub, resolving

__all__ = ["Names"]


class Names(Mapping[str, str]):
    """Name -> address (the first of several), of the names that have one."""

    def __init__(self, plan: Plan, services: Mapping[str, ServiceHandle]) -> None:
        self._addresses = {name: addresses[0] for name, addresses in plan.names.items() if addresses}
        self._all = frozenset(plan.names)
        self._options = plan.lookup_options
        self._spoiled = {
            getattr(planned.fault, "name", ""): planned.fault.kind
            for service in plan.services
            for planned in service.faults
            if service.name == plan.resolver
        }
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

    def own_files(self) -> Mapping[str, str]:
        """See `World.own_files`."""
        if self.resolver is None:
            return own_files({}, None, self._options) if self._options else {}
        if self.resolver.port == DNS_PORT:
            return own_files(dict.fromkeys(self._all), self.resolver.address, self._options)
        for name, kind in self._spoiled.items():
            raise MachineError(
                f"`{name}` meets {kind}, so it has to be asked for, and every program asks at port {DNS_PORT}, which could "
                "not be had here: run it with --isolated, or as root, or allow the port "
                f"(sysctl net.ipv4.ip_unprivileged_port_start={DNS_PORT}). A program that can be told where to ask needs "
                "none of it: describe the resolver as a service (`dns: {records: [...]}`) instead of by `names`"
            )
        return own_files(self, None, self._options)

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
