"""What is known when a diagnosis is made, as frozen values: so that the conclusions can be tested without a network.

Law: facts only, each as one system call or one row of the kernel's tables gave it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from simnet.values import Endpoint
from simnet.world.kernel.owners import Owner
from simnet.world.kernel.tcp_info import TcpState

__all__ = ["WILDCARDS", "Dial", "Facts", "Held", "Ranges"]

WILDCARDS = {"0.0.0.0", "::"}  # noqa: S104 - they are recognised, never bound


@dataclass(frozen=True, slots=True)
class Held:
    """A socket that has an address: a listener, one that is only bound, or what a connection has left behind."""

    address: str
    port: int
    state: TcpState
    user: str
    owner: Owner | None = None
    queued: int = 0
    backlog: int = 0

    @property
    def listens(self) -> bool:
        """Whether it takes connections."""
        return self.state is TcpState.LISTEN

    @property
    def is_full(self) -> bool:
        """Whether its accept queue is full: `listen(n)` admits n + 1 (sk_acceptq_is_full, include/net/sock.h)."""
        return self.listens and self.queued > self.backlog

    @property
    def place(self) -> str:
        """Address and port, as one writes them."""
        return str(Endpoint(self.address, self.port))

    @property
    def dialled(self) -> str:
        """Where a client of this machine would dial it; a wildcard is no address to dial."""
        if self.address not in WILDCARDS:
            return self.place
        return f"127.0.0.1:{self.port}"

    @property
    def program(self) -> str:
        """Whose it is, as far as we may know."""
        return f"{self.owner.name} (pid {self.owner.pid})" if self.owner else f"a program of user {self.user}"

    def serves(self, address: str) -> bool:
        """Whether a connection to `address` comes to it; `::` takes IPv4 as well, unless IPV6_V6ONLY is set (ipv6(7))."""
        if self.address == address:
            return True
        return self.address == "::" or (self.address in WILDCARDS and ":" not in address)


@dataclass(frozen=True, slots=True)
class Dial:
    """One try to connect: an errno by name, "timed out", or "connected"; and what came then.

    `heard`: "data", "FIN", "RST" or "silence". `unasked`: whether that came before we had said anything. `accepted`: whether a program
    has taken the connection from the queue (None: cannot be seen).
    """

    address: str
    port: int
    outcome: str
    seconds: float
    heard: str = ""
    said: bytes = b""
    unasked: bool = False
    accepted: bool | None = None
    speaks_tls: bool = False
    """Whether it answered a ClientHello, where it did not like plain text."""
    overflows: int = 0
    """By how much ListenOverflows of the machine grew meanwhile."""
    ttl_drops: int = 0
    """By how much TCPMinTTLDrop grew."""

    @property
    def place(self) -> str:
        """Address and port, as one writes them."""
        return str(Endpoint(self.address, self.port))


@dataclass(frozen=True, slots=True)
class Ranges:
    """Who hands out which ports: the kernel's own range for clients (ip_local_port_range, ip(7))."""

    first: int = 32768
    last: int = 60999

    def of(self, port: int) -> str:
        """What the number says (RFC 6335 section 6)."""
        if port < 1024:
            return "system port"
        iana = "user port" if port < 49152 else "dynamic port"
        return f"{iana}, ephemeral here" if self.first <= port <= self.last else iana


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything at once. `asked` is what the user typed; `dials` are in the order in which a client would try."""

    asked: str
    port: int
    dials: tuple[Dial, ...]
    listeners: tuple[Held, ...] = ()
    """All of this machine."""
    leftovers: tuple[Held, ...] = ()
    """Sockets with that port that do not listen: bound ones, and connections that are over."""
    outgoing: int = 0
    """Connections to that port that exist by now."""
    ranges: Ranges = field(default_factory=Ranges)
    unresolved: str = ""
    """Why the name has no address, if it has none."""
