"""One run of one test against one scenario: what the test is given as `sim`.

Law: a test cannot tell which network it is on. It sees the services, the trace and the clock, and nothing else of ours.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Final, NoReturn, final

from simnet.scenario import Scenario
from simnet.trace import Trace
from simnet.trace.events import Applied, Effect
from simnet.world.handle import ServiceHandle
from simnet.world.run import World

__all__ = ["CURE", "Trial"]

CURE: Final = (
    "the test is run already: on Trio if it is `async def`; else it may block, have threads, and call `asyncio.run`"
)


@final
class Trial:
    """The running network, for a test: `sim["api"].url`."""

    def __init__(self, scenario: Scenario, world: World) -> None:
        self.scenario, self.world = scenario, world

    def __getitem__(self, service: str) -> ServiceHandle:
        """A service: its `url`, `address`, `port`, `addr`, counts; its faults can be `set`."""
        return self.world[service]

    if not TYPE_CHECKING:  # a type checker tells it before

        def __getattr__(self, name: str) -> NoReturn:
            """For who looks for what a `simulate` has: the test itself is what runs."""
            cure = f"; {CURE}" if name in {"run", "run_sync", "run_asyncio"} else ""
            raise AttributeError(f"`sim` has no `{name}`{cure}")

    @property
    def trace(self) -> Trace:
        """What has happened up to now."""
        return self.world.trace

    @property
    def elapsed(self) -> float:
        """Seconds since the network came up; virtual ones, in virtual time."""
        return self.world.elapsed()

    def attempts(self, service: str | None = None) -> int:
        """How many attempts to connect have been made up to now: at that service, or at all."""
        self.world.catch_up()
        return self.trace.attempts(service)

    def effects(self, service: str | None = None) -> int:
        """How many requests had an effect at that service, or at all (POST and its like, once each time it is processed)."""
        return sum(event.done for event in self.trace.of(Effect, service))

    def struck(self, service: str | None = None) -> int:
        """How many times a fault struck up to now."""
        return len(self.trace.of(Applied, service))

    def call(self, name: str) -> AbstractContextManager[str]:
        """Mark a block as one call of the client, for checks that count per call (see `World.call`)."""
        return self.world.call(name)
