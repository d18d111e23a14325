"""What can happen in a run, as frozen values: one class for each fact.

Law: an event says what was seen, by whom it was seen and when; it never interprets. `t` is in seconds since the
network came up. `service` is the name of the service, "" for the run as a whole. Everything here prints to JSON and
comes back equal (see `journal.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = [
    "EVENTS",
    "AcceptFailed",
    "Accepted",
    "Answered",
    "Applied",
    "Attempt",
    "AttemptOver",
    "BytesAfterFin",
    "BytesIn",
    "BytesOut",
    "CallBegan",
    "CallEnded",
    "ClientEnded",
    "ClientHelloSeen",
    "ClientStarted",
    "Closed",
    "DatagramIn",
    "DatagramOut",
    "Dialled",
    "DoorSet",
    "Effect",
    "Event",
    "Failed",
    "HandshakeDone",
    "HandshakeFailed",
    "NotReached",
    "Observed",
    "Outside",
    "Planned",
    "Queried",
    "RequestBegan",
    "RequestEnded",
    "ServiceTrouble",
    "ServiceUp",
    "TakenDown",
    "UpstreamClosed",
    "WorldDown",
]  # fmt: skip

Evidence = Mapping[str, str | int | float | bool]
"""What the kernel said, by name: `errno`, `tcp_state`, `segments_dropped` ..."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all events."""

    t: float
    service: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceUp(Event):
    """A service is bound."""

    address: str
    port: int
    speaks: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned(Event):
    """A fault is planned: the `fault`-th of its service, counted from 1. `promise` says how exactly it can be kept."""

    fault: int
    kind: str
    when: str
    required: bool
    promise: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSet(Event):
    """The listener was switched: open, refuse, drop, full, taken or released."""

    door: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Event):
    """A client tries to connect. `counted`: by audit, by notifier, by polling, by destroy
    event, in the queue, at accept. `client` may be unknown; `call` is the client's call in which it is made, if that is known."""

    number: int
    client: str
    counted: str
    door: str
    fault: int | None = None
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptOver(Event):
    """A waiting attempt has ended: admitted, gave_up or refused, after `seconds`, having sent `syns` SYNs."""

    number: int
    outcome: str
    seconds: float
    syns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Event):
    """A connection exists on our side; `how`: accept or simultaneous open."""

    connection: int
    attempt: int
    client: str
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptFailed(Event):
    """accept(2) failed, `errno` by name."""

    errno: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesIn(Event):
    """The service received bytes: with TLS, those of the records."""

    connection: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesOut(Event):
    """The service's kernel took bytes to send: with TLS, those of the records."""

    connection: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientHelloSeen(Event):
    """A ClientHello arrived: the `versions` and application protocols (`alpn`) that it offers, the best first, and whom
    it wants to speak with (`server_name`, "" if it does not say)."""

    connection: int
    versions: str
    server_name: str = ""
    alpn: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeDone(Event):
    """The TLS handshake is finished, with this outcome."""

    connection: int
    version: str
    cipher: str
    alpn: str = ""
    server_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandshakeFailed(Event):
    """The TLS handshake has come to nothing: by the client's `alert` (RFC 8446 section 6.2), or else OpenSSL says `why`."""

    connection: int
    alert: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestBegan(Event):
    """A request arrived, whole or as far as it was read. `call`: the client's call that it says it belongs to (header field X-Call-Id)."""

    connection: int
    request: int
    method: str
    target: str
    body_bytes: int = 0
    body_sha256: str = ""
    idempotency_key: str = ""
    call: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect(Event):
    """A request was processed that changes something: entry `number` of the service's ledger.

    `repeats`: the number of the first entry with the same Idempotency-Key, or the same method, target and body. `done` is
    False if it was known by its key and not done again; a repeat that was done is a duplicate.
    """

    connection: int
    request: int
    number: int
    repeats: int | None
    done: bool
    method: str
    target: str
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestEnded(Event):
    """The reply to a request was sent whole. `retry_after`: the seconds that its Retry-After asks for; `closes`: it
    said that the connection would be closed."""

    connection: int
    request: int
    status: int
    body_bytes: int = 0
    retry_after: float | None = None
    closes: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramIn(Event):
    """The kernel delivered a datagram to the service: its `request`-th, of `count` bytes."""

    request: int
    client: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DatagramOut(Event):
    """The kernel took a datagram of `count` bytes for the client, in answer to the `request`-th."""

    request: int
    client: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queried(Event):
    """A resolver was asked for a name: the `request`-th datagram or request. `client`: address, or the connection."""

    request: int
    client: str
    name: str
    type: str
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Event):
    """A query was answered, with the response code by name and the records of the answer, as in a zone file."""

    request: int
    rcode: str
    answers: str = ""
    truncated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed(Event):
    """A connection is over: `by` client or service, `how` FIN, RST, or unseen (a fault had it dropped)."""

    connection: int
    by: str
    how: str
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesAfterFin(Event):
    """The client sent bytes after our FIN, which it had or had not seen: they were read and thrown away."""

    connection: int
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialled(Event):
    """A proxy has dialled its upstream for a connection; `errno` by name if that failed, "" if it is connected."""

    connection: int
    upstream: str
    errno: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UpstreamClosed(Event):
    """The connection of a proxy to its upstream is over: `by` upstream or service; counts as the proxy sees them."""

    connection: int
    by: str
    how: str
    bytes_in: int
    bytes_out: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied(Event):
    """A fault struck `target` (e.g. "attempt 2"), and this is the evidence."""

    fault: int
    kind: str
    target: str
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(Event):
    """A fault was to strike and the kernel says that it did not."""

    fault: int
    kind: str
    target: str
    why: str
    evidence: Evidence = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotReached(Event):
    """The run ended and nothing that the fault was planned for ever came."""

    fault: int
    kind: str
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceTrouble(Event):
    """The client broke the protocol on a connection."""

    connection: int
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientStarted(Event):
    """The program under test was started."""

    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed(Event):
    """Who announces the attempts of the program under test: the notifier, or nobody, and then `why`."""

    by: str
    why: str = ""
    outside: bool = False
    """Whether what it dials outside loopback is announced as well (see `Outside`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside(Event):
    """The isolated program tried to reach an address outside loopback, by `transport` (TCP, UDP or other); it cannot."""

    address: str
    port: int
    transport: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientEnded(Event):
    """The program under test ended: exit status (negative: the signal that ended it); `stopped`: simnet ended it."""

    status: int
    seconds: float
    stopped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CallBegan(Event):
    """The client under test begins something that it wants done (`with net.call(name)`); `call` is its id."""

    call: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded(Event):
    """It has ended: `outcome` is ok, or the name of the exception that it raised."""

    call: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown(Event):
    """The network begins to be taken down: what is open from here on is closed by us, whatever the client wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldDown(Event):
    """The network is down; nothing follows."""


EVENTS: Mapping[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
"""Every kind of event by its name in a stored trace."""
