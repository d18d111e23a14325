"""What a network in a test cannot be honest about, and is refused for.

Law: refuse rather than pretend, and as early as it can be known: before the network comes up, or at the first connect of
a client whose clock does not run with the kernel's.
"""

from __future__ import annotations

import contextlib
import functools
import math
import sys
from collections.abc import Iterable, Mapping

import pytest
import trio.lowlevel

from simnet.checks.contract import Difference
from simnet.faults.contract import Lever
from simnet.fronts.pytest.mark import EXAMPLE, asked_by, refuse
from simnet.scenario import Scenario
from simnet.world.audit import listen_to_connects
from simnet.world.handle import ServiceHandle

__all__ = ["ClockWatch", "jumping_clocks", "refuse_clocks", "refuse_denials", "refuse_without_trio"]

WHY_NO_JUMPS = (
    "an autojump clock leaps over the waiting of its own loop, and the network of this test is outside of it, in the"
    " kernel's time: timeouts would fire that no real client ever meets. Leave the clock out; short times in the"
    " scenario keep the test short"
)


def refuse_denials(scenario: Scenario) -> None:
    """Refuse faults at the system call: nobody can answer the system calls of a client in this process."""
    found = [
        (name, fault.kind)
        for name, spec in scenario.services.items()
        for fault in spec.faults
        if Lever.NOTIFIER in fault.needs
    ]
    if found:
        service, kind = found[0]
        refuse(
            f"`{kind}` of `{service}` is delivered at the system call of a program under supervision"
            " ({}), and the client of this test is inside the test's own process, where it can never strike. Let the client"
            " be a program: give the scenario a `run:` line and collect it with --simnet-scenarios, or use"
            " `simnet run FILE -- CMD`".format(Lever.NOTIFIER.value)
        )


def jumping_clocks(values: Mapping[str, object]) -> list[str]:
    """The names of those fixtures that are clocks which jump."""
    if "trio.testing" not in sys.modules:
        return []
    return [name for name, value in values.items() if _jumps(value)]


def refuse_clocks(names: Iterable[str]) -> None:
    """Refuse a test that has one of these clocks beside a network."""
    for name in names:
        refuse(f"the fixture `{name}` cannot be used with a network on loopback: {WHY_NO_JUMPS}")


def refuse_without_trio(request: pytest.FixtureRequest) -> None:
    """Refuse `simnet_world` where no Trio loop runs the test, or one whose clock is not the kernel's, or with nothing to run."""
    names = set(request.fixturenames)
    backend = request.getfixturevalue("anyio_backend") if "anyio_backend" in names else "none"
    trio_runs = request.node.get_closest_marker("trio") or "trio" in {backend, backend[0]}
    if not trio_runs:
        refuse(
            "`simnet_world` runs in the test's own Trio loop, and this test has none: mark it with @pytest.mark.trio"
            " (pytest-trio) or run anyio's plugin on Trio; for asyncio and everything else there is the fixture `simnet`"
        )
    refuse_clocks(sorted(names & {"autojump_clock", "mock_clock"}))
    if asked_by(request.node).scenario is None:
        refuse(f"`simnet_world` does not know which network: name its scenario, as in {EXAMPLE}")


class ClockWatch:
    """Sees clients that bring such a clock themselves: a connect is announced in the client's own thread."""

    def __init__(self, services: Iterable[ServiceHandle]) -> None:
        self._listening = contextlib.ExitStack()
        self._seen: set[str] = set()
        for service in services:
            hear = functools.partial(self._hear, service.name)
            self._listening.enter_context(listen_to_connects((service.address, service.port), hear))

    def close(self) -> None:
        """Hear nothing more."""
        self._listening.close()

    def differences(self) -> tuple[Difference, ...]:
        """What that does to the test."""
        message = f"a client came from a loop with an autojump clock: {WHY_NO_JUMPS}"
        return tuple(Difference("clock", service, message) for service in sorted(self._seen))

    def _hear(self, service: str, _visitor: object) -> None:
        if trio.lowlevel.in_trio_run() and _jumps(trio.lowlevel.current_clock()):
            self._seen.add(service)


def _jumps(clock: object) -> bool:
    testing = sys.modules.get("trio.testing")
    return testing is not None and isinstance(clock, testing.MockClock) and clock.autojump_threshold < math.inf
