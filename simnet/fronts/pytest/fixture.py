"""What a test has in its hands: the object behind the fixture `simnet`.

Law: it hides the module of the same name, so it offers whatever the module does; and it is the running network, as long
as there is no doubt which. Annotate it so: `from simnet.fronts.pytest.fixture import Simnet`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, final

import simnet
from simnet.api import Source
from simnet.trace.journal import Trace
from simnet.world.handle import ServiceHandle
from simnet.world.run import World

if TYPE_CHECKING:
    from simnet.faults import Fault

__all__ = ["Opener", "Simnet"]


class Opener(Protocol):
    """Brings a network up until the end of the test."""

    def __call__(self, source: Source, seed: int | None) -> World: ...


@final
class Simnet:
    """The networks of one test.

    Call it with a scenario (its path, its text, or a `Scenario`) and it brings that network up until the test is over;
    any number of times, the networks run side by side. With a scenario in the mark one is up already. While there is
    just one, this object is that network: `simnet["api"].url`, `simnet.trace`. Everything else is the module's:
    `simnet["api"].set(simnet.stall(after="10 B"))`.
    """

    def __init__(self, opener: Opener) -> None:
        self._opener = opener
        self._worlds: list[World] = []

    def __call__(self, source: Source, *, seed: int | None = None) -> World:
        """Bring a network up. Raises what `simnet.network` raises; a path is relative to the current directory."""
        world = self._opener(source, seed)
        self._worlds.append(world)
        return world

    @property
    def world(self) -> World:
        """The network of this test. Raises `LookupError` where there is none, or more than one."""
        match self._worlds:
            case [world]:
                return world
            case []:
                raise LookupError(
                    "no network is up in this test: call simnet('flaky.yaml'),"
                    " or name the scenario in @pytest.mark.simnet('flaky.yaml')"
                )
            case worlds:
                raise LookupError(f"{len(worlds)} networks are up in this test: use what simnet(...) returned for each")

    def __getitem__(self, service: str) -> ServiceHandle:
        """The service of that name. Raises `LookupError`."""
        services = self.world.services
        if service not in services:
            raise LookupError(f"there is no service {service!r}; there are {', '.join(services)}")
        return services[service]

    @property
    def services(self) -> Mapping[str, ServiceHandle]:
        """Every service by its name."""
        return self.world.services

    @property
    def trace(self) -> Trace:
        """What has happened up to now."""
        return self.world.trace

    def environment(self) -> dict[str, str]:
        """For a program under test: SIMNET_<SERVICE>_HOST, _PORT, _ADDR and _URL of every service."""
        return self.world.environment()

    def fault(self, kind: str, **parameters: object) -> Fault:
        """Make a fault as in YAML: see `simnet.fault`."""
        return simnet.fault(kind, **parameters)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        if len(self._worlds) == 1 and hasattr(self._worlds[0], name):
            return getattr(self._worlds[0], name)
        return getattr(simnet, name)

    def __repr__(self) -> str:
        return f"<simnet: {', '.join(repr(world.plan.title) for world in self._worlds) or 'no network is up'}>"
