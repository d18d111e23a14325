"""Every kind of fault that a plain TCP client can meet, on the virtual network and on loopback: the same, with its proof."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial

import pytest
import trio
from trio.testing import MockClock

import simnet
from simnet.faults import KINDS
from simnet.fronts.demo import example_of
from simnet.scenario import Scenario, ServiceSpec
from simnet.services.echo import Echo
from simnet.trace.events import Applied, Failed

PATIENCE = 2.5
"""Seconds: more than a handshake with one lost SYN."""

GREETING = b"twenty bytes of hi!\n"


@dataclass(frozen=True, slots=True)
class Met:
    """How a client fared: the errno by name (or "timed out", "end of file", "answered"), and how many bytes it got."""

    what: str
    received: int


def fits_echo(kind: str) -> bool:
    """Whether its example can be given to an echo service without TLS, and struck by packets alone."""
    if KINDS[kind].asks_for_tls():
        return False
    try:
        scenario_for([kind])
    except ValueError:
        return False
    return kind not in REFUSED


def scenario_for(kinds: list[str]) -> Scenario:
    """One echo service for each, named after it."""
    services = {kind: ServiceSpec(faults=(example_of(kind),), speaks=Echo()) for kind in kinds}
    return Scenario(title="kinds", seed=2, services=services)


REFUSED = ("client_fd_exhausted", "ports_exhausted", "unreachable", "connect_times_out")
COMPARED = [kind for kind in KINDS if fits_echo(kind)]


async def ask(service: simnet.ServiceHandle) -> Met:
    """Ask six times on one connection."""
    received = 0
    with trio.move_on_after(PATIENCE):
        try:
            sock = trio.socket.socket()
            with sock:
                await sock.connect((service.address, service.port))
                for _ in range(6):
                    await trio.sleep(0.01)  # so that they do not share one moment of a bad line
                    await sock.send(GREETING)
                    missing = len(GREETING)
                    while missing:
                        data = await sock.recv(missing)
                        if not data:
                            return Met("end of file", received)
                        missing -= len(data)
                        received += len(data)
                return Met("answered", received)
        except OSError as error:
            return Met(errno.errorcode.get(error.errno or 0, "?"), received)
    return Met("timed out", received)


async def on_virtual(kind: str) -> tuple[Met, list[Applied], tuple[Failed, ...]]:
    """Meet one kind, alone."""
    async with simnet.open_world(scenario_for([kind]), network="virtual") as world:
        met = await ask(world[kind])
        await trio.sleep(1)
    return met, [one for one in world.trace.of(Applied) if one.kind == kind], world.trace.of(Failed)


@cache
def on_loopback() -> Mapping[str, Met]:
    """Meet all of them, side by side."""

    async def run() -> dict[str, Met]:
        met: dict[str, Met] = {}

        async def meet(kind: str) -> None:
            met[kind] = await ask(world[kind])

        async with simnet.open_world(scenario_for(COMPARED)) as world, trio.open_nursery() as nursery:
            for kind in COMPARED:
                nursery.start_soon(meet, kind)
        return met

    return trio.run(run)


@pytest.mark.parametrize("kind", COMPARED)
def test_a_kind_is_the_same_on_both_networks(kind: str) -> None:
    """A client in virtual time meets what it meets on loopback, errno and bytes, and the fault is proven to have struck."""
    met, applied, failed = trio.run(on_virtual, kind, clock=MockClock(autojump_threshold=0))
    assert applied
    assert not failed
    if kind in BY_CHANCE_OF_TIME:
        assert {met.what, on_loopback()[kind].what} <= {"answered", "timed out"}
    else:
        assert met == on_loopback()[kind]


BY_CHANCE_OF_TIME = ("packet_loss", "bandwidth", "drip", "latency", "read_slowly")
"""How many bytes fit into a client's patience depends on milliseconds there."""


def test_most_kinds_can_be_compared() -> None:
    """The list above is not empty by mistake."""
    assert {"refuse", "drop_syn", "reset", "truncate", "stall", "black_hole", "slow_handshake"} <= set(COMPARED)


@pytest.mark.parametrize("kind", REFUSED)
def test_what_needs_a_program_is_refused(kind: str) -> None:
    """A fault at the system call of a program cannot be had in memory, and that is said before anything runs."""
    with pytest.raises(simnet.MachineError, match=f"`{kind}`, cannot be had on the virtual network"):
        trio.run(partial(on_virtual, kind), clock=MockClock(autojump_threshold=0))
    with pytest.raises(simnet.MachineError), simnet.simulate(scenario_for([kind])):
        pytest.fail("it was not refused")
