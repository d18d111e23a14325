"""Every kind of fault, really run once: one service each, in one world, a plain client at each.

Law: what the client saw and what the kernel proves are two independent accounts, put side by side and never made out
of each other. Clients run at the same time, each in its own thread.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from random import Random

from simnet.api import fault, network
from simnet.faults import KINDS
from simnet.faults.contract import Fault, Lever
from simnet.fronts.plain_asker import NAME, DatagramClient, NameClient
from simnet.fronts.plain_client import PlainClient, Seen
from simnet.fronts.plain_http_client import PlainHttpClient
from simnet.scenario import Scenario, ServiceSpec
from simnet.services import Service
from simnet.services.contract import Tls
from simnet.services.dns import Dns, Record
from simnet.services.echo import Echo
from simnet.services.http import Http
from simnet.services.udp_echo import UdpEcho
from simnet.trace.events import Applied
from simnet.trace.journal import Trace
from simnet.trace.summary import Proof, proofs
from simnet.verdicts.door import Squat
from simnet.verdicts.reply import Lose
from simnet.verdicts.upload import StopReading
from simnet.world.run import World

__all__ = ["Demonstration", "Shown", "demonstrate", "example_of"]

SEED = 2
UPLOAD = bytes(8_000_000)
"""More than the send buffer of any client holds by default (tcp_wmem, tcp(7)), so that its writes block."""

MANY_ROUNDS = 60
"""Questions, where it is left to chance whom a fault strikes: at a half, twelve go unharmed in one tour of some thousands."""

SETTLES_WITHIN = 3.0
"""Seconds that the kernel's last word on a client that has gone may take on a machine under load."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One kind: where it was, what the client saw, and the proof."""

    kind: str
    addr: str
    seen: Seen
    proof: Proof | None

    @property
    def proven(self) -> bool:
        """Whether the fault was applied, and never failed to be."""
        return self.proof is not None and bool(self.proof.applied) and not self.proof.failed


@dataclass(frozen=True, slots=True)
class Demonstration:
    """All kinds, in the order of a connection's life, and how many seconds that took."""

    shown: tuple[Shown, ...]
    seconds: float
    trace: Trace

    @property
    def unproven(self) -> tuple[Shown, ...]:
        """The kinds that did not strike as they should."""
        return tuple(one for one in self.shown if not one.proven)


def example_of(kind: str) -> Fault:
    """The fault with the parameters of its example; of several datagrams it strikes the second."""
    timed = {"when": {"requests": 2}} if KINDS[kind].moment() == "at_datagram" else {}
    return fault(kind, **KINDS[kind].example, **timed)


def _speaker_for(kind: str) -> Service:
    """A service that the kind can strike."""
    match KINDS[kind].moment():
        case "at_query":
            return Dns(records=tuple(Record(name=NAME, value=f"127.20.0.{last}") for last in (1, 2)))
        case "at_datagram":
            return UdpEcho()
        case "at_request" | "at_rest":
            return Http()
        case _:
            return Echo()


def demonstrate(kinds: Sequence[str] = tuple(KINDS), saw: Callable[[str, Seen], None] | None = None) -> Demonstration:
    """Bring one service per kind up and send a client to each; `saw` is told of each client that is back.

    Raises `MachineError` if this machine cannot.
    """
    began = time.monotonic()
    services = {kind: _service(kind) for kind in kinds}
    scenario = Scenario(title="Every kind of fault, once", seed=SEED, services=services)
    with network(scenario) as net:
        seen = _send_clients(net, kinds, saw)
        _wait_for_proof(net, kinds)
    took, proof = time.monotonic() - began, {proof.service: proof for proof in proofs(net.trace)}
    shown = tuple(Shown(kind, net[kind].addr, seen[kind], proof.get(kind)) for kind in kinds)
    return Demonstration(shown, took, net.trace)


def _service(kind: str) -> ServiceSpec:
    tls = Tls() if KINDS[kind].asks_for_tls() else None
    return ServiceSpec(speaks=_speaker_for(kind), faults=(example_of(kind),), tls=tls)


def _send_clients(net: World, kinds: Sequence[str], saw: Callable[[str, Seen], None] | None) -> dict[str, Seen]:
    seen: dict[str, Seen] = {}
    with ThreadPoolExecutor(len(kinds) or 1, "client") as pool:
        sent = {pool.submit(_client_for(net, kind)): kind for kind in kinds}
        for done in as_completed(sent):
            seen[sent[done]] = done.result()
            if saw is not None:
                saw(sent[done], seen[sent[done]])
    return seen


def _client_for(net: World, kind: str) -> Callable[[], Seen]:
    """The same client for all that speak alike; where an address is held against a server, a client would learn nothing."""
    match KINDS[kind].moment():
        case "at_query":
            return NameClient(net[kind].address, net[kind].port).ask
        case "at_datagram":
            return DatagramClient(net[kind].address, net[kind].port).ask
        case "at_request" | "at_rest":
            return PlainHttpClient(net[kind].address, net[kind].port).ask
    if Lever.NOTIFIER in KINDS[kind].needs:
        return partial(_supervised_client, net, kind)
    example, ca = example_of(kind), net.ca_file if KINDS[kind].asks_for_tls() else None
    client = PlainClient(net[kind].address, net[kind].port, ca=ca)
    if isinstance(example.at_upload(Random(0)), StopReading):  # noqa: S311 - it draws nothing
        client.greeting = UPLOAD
    if isinstance(example.at_reply(Random(0)), Lose):  # noqa: S311
        client.rounds = MANY_ROUNDS
    return client.take if isinstance(example.at_door(Random(0)), Squat) else client.ask  # noqa: S311


def _supervised_client(net: World, kind: str) -> Seen:
    """The same client as a program of its own, whose system calls can be denied."""
    ask = [sys.executable, "-m", "simnet.fronts.plain_client", net[kind].address, str(net[kind].port)]
    with net.supervising(kind) as supervision:
        program = subprocess.Popen(  # noqa: S603 - our own interpreter and our own module
            supervision.command(ask, None), pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, env=_environment()
        )
        with program:
            supervision.started()
            said, _ = program.communicate()
    found = json.loads(said)
    return Seen(**{**found, "answers": tuple(found["answers"]), "replies": tuple(found["replies"])})


def _environment() -> dict[str, str]:
    """That the program finds simnet where we found it."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONSAFEPATH": "1"}


def _wait_for_proof(net: World, kinds: Sequence[str]) -> None:
    """The clients are gone; what their sockets tell when they are destroyed may come a little later."""
    until = time.monotonic() + SETTLES_WITHIN
    while {event.service for event in net.trace.of(Applied)} < set(kinds) and time.monotonic() < until:
        time.sleep(0.01)
