"""A network with one service, and a plain client that reports what the kernel told it."""

from __future__ import annotations

import contextlib
import errno
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass

import pytest

import simnet
from simnet.scenario import ServiceSpec
from simnet.services import PROTOCOLS
from simnet.services.contract import Tls
from simnet.trace.events import Applied
from simnet.values import Endpoint

MakeNet = Callable[..., AbstractContextManager[simnet.World]]
Proofs = Callable[..., list[Applied]]
RunPython = Callable[[str, simnet.ServiceHandle], subprocess.CompletedProcess[str]]

PATIENCE = 20.0
"""Seconds that a client waits for what must come: generous, for a machine under load."""


@dataclass(frozen=True, slots=True)
class Met:
    """What a client met: the errno by name ("" if none; "timed out" if it was the client's patience), and how far it came."""

    what: str
    connected: bool
    received: bytes
    seconds: float


@dataclass(frozen=True, slots=True)
class Client:
    """One attempt with a plain socket: connect, send, read to the end (or so many bytes)."""

    patience: float = PATIENCE
    send: bytes = b"hello, world\n"
    read: int = 13

    def meet(self, service: simnet.ServiceHandle) -> Met:
        """Try once."""
        began, connected, received = time.monotonic(), False, b""
        family = socket.AF_INET6 if ":" in service.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(self.patience)
            try:
                sock.connect((service.address, service.port))
                connected = True
                sock.sendall(self.send)
                while len(received) < self.read and (data := sock.recv(65536)):
                    received += data
                what = ""
            except TimeoutError:
                what = "timed out"
            except OSError as error:
                what = errno.errorcode[error.errno or 0]
        return Met(what, connected, received, time.monotonic() - began)


@pytest.fixture
def client() -> type[Client]:
    """The plain client."""
    return Client


@pytest.fixture
def one_service() -> MakeNet:
    """Make a network with one service, `api`, that has these faults (and TLS, where they strike in its handshake)."""

    @contextlib.contextmanager
    def make(*faults: simnet.Fault, speaks: str = "echo", at: str | None = None, seed: int = 1) -> Iterator[simnet.World]:
        where = None if at is None else Endpoint.parse(at)
        tls = Tls() if any(fault.asks_for_tls() for fault in faults) else None
        spec = ServiceSpec(at=where, speaks=PROTOCOLS[speaks](speaks=speaks), tls=tls, faults=faults)
        with simnet.network(simnet.Scenario(services={"api": spec}, seed=seed)) as net:
            yield net

    return make


@pytest.fixture
def applied() -> Proofs:
    """The proofs in a trace: wait until there are so many, then give them."""

    def find(net: simnet.World, count: int = 1) -> list[Applied]:
        end = time.monotonic() + PATIENCE
        while len(net.trace.of(Applied)) < count and time.monotonic() < end:
            time.sleep(0.005)
        return list(net.trace.of(Applied))

    return find


@pytest.fixture
def in_another_process() -> RunPython:
    """Run Python code in a process of its own, with the service's address and port as its arguments."""

    def run(code: str, service: simnet.ServiceHandle) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-I", "-S", "-c", code, service.address, str(service.port)]
        return subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)

    return run
