"""What a running service shows of itself, and how its faults are switched live.

Law: reading takes in what the kernel knows at this moment, and waits for nothing else; switching returns when the new faults are in force. From any thread.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Protocol

from simnet.faults.contract import Fault
from simnet.world.misfits import refuse_misfits
from simnet.world.relay import Ear
from simnet.world.service import ServiceLife

__all__ = ["ServiceHandle", "whereabouts"]


class Network(Protocol):
    """The running network, as its services need it."""

    def within(self, function: Callable[[], None]) -> None:
        """Call `function` in the network's thread and wait for it."""

    def switch(self, life: ServiceLife, faults: tuple[Fault, ...]) -> None:
        """Give a service other faults."""

    def catch_up(self) -> bool:
        """Take in what the kernel has to say by now; whether more is expected soon."""


class ServiceHandle:
    """One service of a running network."""

    def __init__(self, life: ServiceLife, network: Network) -> None:
        self._life, self._network = life, network

    @property
    def name(self) -> str:
        """Its name in the scenario."""
        return self._life.gate.plan.name

    @property
    def address(self) -> str:
        """Its IP address, in 127.0.0.0/8 or ::1."""
        return self._life.gate.plan.address

    @property
    def port(self) -> int:
        """Its TCP port."""
        return self._life.gate.plan.port

    @property
    def addr(self) -> str:
        """`address:port`, with brackets around ::1 (RFC 3986 section 3.2.2)."""
        return self._life.gate.plan.addr

    @property
    def url(self) -> str:
        """`scheme://address:port` by what it speaks: `http://127.128.0.1:8080`."""
        return self._life.gate.plan.url

    @property
    def attempts(self) -> int:
        """How many attempts to connect have been counted, served or not."""
        self._network.catch_up()
        return self._life.gate.attempts

    @property
    def connections(self) -> int:
        """How many connections have been accepted."""
        return self._life.connections

    @property
    def requests(self) -> int:
        """How many requests have arrived whole."""
        return self._life.requests

    @property
    def effects(self) -> int:
        """How often a request has changed something, by the ledger of the service; repeats that were done are counted."""
        return self._life.ledger.effects

    @property
    def duplicate_effects(self) -> int:
        """How many of the effects did again what an earlier one had done."""
        return self._life.ledger.duplicates

    @property
    def door(self) -> str:
        """What a SYN meets now: open, refuse, drop, full, taken or released."""
        return self._life.door.state.value

    def set(self, *faults: Fault) -> None:
        """Put these faults in place of those it has; attempts and connections go on being counted from where they are.

        Whose SYNs are unanswered meets them with the next one (in 1, 2, 4 ... s: RFC 6298), and who waits in the accept
        queue at once; a connection keeps what it has met.
        Raises `ScenarioError` if a fault cannot be for what the service speaks.
        """
        refuse_misfits(self._life.gate.plan, faults)
        self._network.within(lambda: self._network.switch(self._life, faults))

    def clear(self) -> None:
        """Take all faults away: from now on it serves, also those who wait at the door (see `set`)."""
        self.set()

    def overhear(self, ear: Ear) -> None:
        """Tell `ear` of every byte and every end that this proxy passes on, from the next connection on."""
        self._network.within(lambda: setattr(self._life, "ear", ear))

    def __repr__(self) -> str:
        return f"<{self.name} at {self.addr}: {self.door}, {self._life.gate.attempts} attempts, {self.connections} connections>"


def whereabouts(services: Mapping[str, ServiceHandle]) -> dict[str, str]:
    """SIMNET_<SERVICE>_HOST, _PORT, _ADDR and _URL of every service, for the environment of a program."""
    found: dict[str, str] = {}
    for name, service in services.items():
        prefix = "SIMNET_" + re.sub(r"\W", "_", name).upper()
        found |= {f"{prefix}_HOST": service.address, f"{prefix}_PORT": str(service.port)}
        found |= {f"{prefix}_ADDR": service.addr, f"{prefix}_URL": service.url}
    return found
