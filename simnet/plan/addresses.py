"""Where each service is: what the scenario says, and for the rest what the lease has and nobody else of the file wants.

Law: pure; an address or port that the scenario names is never handed out a second time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from simnet.plan.lease import Lease
from simnet.scenario.model import Scenario, ServiceSpec
from simnet.services.contract import Service

__all__ = ["Addresses", "upstream_of"]

T = TypeVar("T")


class Addresses:
    """Hands out the addresses and ports that the scenario leaves open; never one that it names elsewhere."""

    def __init__(self, scenario: Scenario, lease: Lease) -> None:
        named = [spec.at for spec in scenario.services.values() if spec.at is not None and spec.at.address is not None]
        self._taken = {(str(at.address), at.port) for at in named if at.port is not None}
        addresses = {at.address for at in named}
        self._addresses = (address for address in lease.addresses() if address not in addresses)
        self._six_ports = (port for port in lease.six_ports if ("::1", port) not in self._taken)

    def resolve(self, spec: ServiceSpec) -> tuple[str, int]:
        address = spec.at.address if spec.at else None
        port = spec.at.port if spec.at else None
        if address == "::1":
            return address, port or self._next(self._six_ports)
        if address is None:
            return self._next(self._addresses), port or spec.speaks.default_port
        return address, port or self._free_port(address, spec.speaks.default_port)

    def _free_port(self, address: str, wanted: int) -> int:
        """The protocol's default port, or the next one that no other service of the file has on that address."""
        port = wanted
        while (address, port) in self._taken:
            port += 1
        self._taken.add((address, port))
        return port

    @staticmethod
    def _next(supply: Iterator[T]) -> T:
        item = next(supply, None)
        assert item is not None, "the lease is smaller than the scenario: world/lease.py sizes it"
        return item


def upstream_of(speaks: Service, places: Mapping[str, tuple[str, int]]) -> tuple[str, int] | None:
    """Where the service dials: another service of the file, by its name, or an address."""
    said = speaks.dials
    if said is None or said in places:
        return None if said is None else places[said]
    address, _, port = said.rpartition(":")
    return address.strip("[]"), int(port)
