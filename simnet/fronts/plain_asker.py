"""Plain clients without a connection: one sends datagrams, one looks a name up; each says what came back.

Law: as with `plain_client`: what is `Seen` comes from the client's own socket, and it does not know what it meets.
"""

from __future__ import annotations

import socket
import time
from dataclasses import dataclass, field

from simnet.fronts.plain_client import ANSWERED, SLOW, TIMED_OUT, Seen, Step
from simnet.trace.wording import plural, seconds
from simnet.world.resolving import Stub

__all__ = ["NAME", "DatagramClient", "NameClient"]

NAME = "www.simnet.test"
"""What is looked up."""

LOOKUPS = 3
PATIENCE = 1.0
"""Seconds for one answer."""

DATAGRAMS = 5
QUIET = 0.8
"""Seconds without a datagram after which no more are waited for: more than the delay of any example."""


@dataclass(slots=True)
class DatagramClient:
    """Sends numbered datagrams in one burst and listens."""

    address: str
    port: int
    _came: list[tuple[int, float]] = field(default_factory=list, init=False)

    def ask(self) -> Seen:
        """Send and listen; never raises an OSError."""
        began = time.monotonic()
        with socket.socket(socket.AF_INET6 if ":" in self.address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(QUIET)
            sock.connect((self.address, self.port))
            for number in range(1, DATAGRAMS + 1):
                sock.send(f"{number}".encode())
            try:
                while True:
                    self._came.append((int(sock.recv(100)), time.monotonic() - began))
            except OSError:
                pass
        order = [number for number, _ in self._came]
        took = max((at for _, at in self._came), default=time.monotonic() - began)
        whole = len(set(order)) == DATAGRAMS
        answers = tuple(at for _, at in self._came)
        return Seen(ANSWERED if whole else TIMED_OUT, Step.RECV, took, answers=answers, words=self._words(order))

    def _words(self, order: list[int]) -> str:
        said = [f"{DATAGRAMS} sent, {plural(len(order), 'answer')}: {' '.join(map(str, order))}"]
        late = [number for number, at in self._came if at >= SLOW]
        if late:
            said.append(f"{' '.join(map(str, late))} after {seconds(max(at for _, at in self._came))}")
        return ", ".join(said)


@dataclass(frozen=True, slots=True)
class NameClient:
    """Looks one name up a few times, as getaddrinfo(3) does, with little patience."""

    address: str
    port: int

    def ask(self) -> Seen:
        """Look up until it fails or has been done often enough."""
        began, found, took = time.monotonic(), [], []
        stub = Stub((self.address, self.port), PATIENCE, 1)
        for _ in range(LOOKUPS):
            asked = time.monotonic()
            try:
                found.append(" and ".join(stub.addresses(NAME, socket.AF_UNSPEC)))
            except socket.gaierror as error:
                what, lasted = _name(error), time.monotonic() - asked
                return Seen(what, Step.RECV, lasted, words=f"{what} {_after(lasted)}: {error.strerror}")
            took.append(time.monotonic() - asked)
        words = f"{', then '.join(dict.fromkeys(found))}, {_after(max(took))}"
        return Seen(ANSWERED, Step.DONE, time.monotonic() - began, answers=tuple(took), words=words)


def _after(length: float) -> str:
    return "at once" if length < SLOW else f"after {seconds(length)}"


def _name(error: socket.gaierror) -> str:
    names = [name for name in dir(socket) if name.startswith("EAI_") and getattr(socket, name) == error.errno]
    return names[0] if names else str(error.errno)
