"""Who is bound to which address and port, who may be as well, and ports for those who do not care.

Law: the rules are inet_csk_bind_conflict's (net/ipv4/inet_connection_sock.c); a port that nobody asked for by number is
taken in turn from the range, so that a run can be repeated.
"""

from __future__ import annotations

import errno
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from simnet.world.network import Endpoint
from simnet.world.virtual.refusal import refused

__all__ = ["ANY_FOUR", "ANY_SIX", "Holder", "Ports", "is_six", "meet", "wildcard"]

ANY_FOUR: Final = "0.0.0.0"  # noqa: S104 - of a network that is in memory
ANY_SIX: Final = "::"


class Holder(Protocol):
    """Who holds an address: a socket, or what is left of one in TIME_WAIT."""

    @property
    def six_only(self) -> bool:
        """IPV6_V6ONLY: it does not take IPv4 at the wildcard."""

    @property
    def reuse_address(self) -> bool:
        """SO_REUSEADDR."""

    @property
    def reuse_port(self) -> bool:
        """SO_REUSEPORT."""

    @property
    def local(self) -> Endpoint:
        """Its own address and port."""

    @property
    def listens(self) -> bool:
        """Whether it is in LISTEN."""


class Ports:
    """The bind table of one protocol."""

    def __init__(self, span: tuple[int, int]) -> None:
        self._span = span
        self._holders: dict[int, dict[int, Holder]] = {}
        """By port, in the order in which they came; by identity within it."""
        self._next = span[0]

    def at(self, port: int) -> Iterator[Holder]:
        """Who holds that port, on whatever address."""
        yield from self._holders.get(port, {}).values()

    def take(self, holder: Holder) -> None:
        """Enter a holder at its own address; whether it may be there was asked before."""
        self._holders.setdefault(holder.local[1], {})[id(holder)] = holder

    def leave(self, holder: Holder, port: int) -> None:
        """Strike a holder out; nothing if it is not there."""
        holders = self._holders.get(port, {})
        if holders.pop(id(holder), None) is not None and not holders:
            del self._holders[port]

    def conflicts(self, holder: Holder, address: str, port: int) -> bool:
        """Whether `holder` cannot be bound there, because of somebody else."""
        return any(other is not holder and _clash(holder, address, other) for other in self.at(port))

    def choose(self, holder: Holder, address: str, span: tuple[int, int] | None = None) -> int:
        """A port that nobody has on that address. Raises OSError EADDRINUSE if there is none, as bind(2) to port 0."""
        for port in self._candidates(span):
            if not any(other is not holder and meet(holder, address, other) for other in self.at(port)):
                return port
        raise refused(errno.EADDRINUSE)

    def choose_for(
        self,
        address: str,
        remote: Endpoint,
        span: tuple[int, int] | None,
        ends: Mapping[tuple[Endpoint, Endpoint], object],
    ) -> int:
        """A port to connect from: free, or with connections to others only. Raises OSError EADDRNOTAVAIL."""
        for port in self._candidates(span):
            local = (address, port)
            if (local, remote) not in ends and all(other.local == local and not other.listens for other in self.at(port)):
                return port
        raise refused(errno.EADDRNOTAVAIL)

    def _candidates(self, span: tuple[int, int] | None) -> Iterator[int]:
        first, last = span or self._span
        size = last - first + 1
        start = self._next if first <= self._next <= last else first
        for step in range(size):
            port = first + (start - first + step) % size
            self._next = first + (port + 1 - first) % size
            yield port


def is_six(address: str) -> bool:
    """Whether it is an address of IPv6."""
    return ":" in address


def wildcard(address: str) -> bool:
    """Whether it stands for every address."""
    return address in {ANY_FOUR, ANY_SIX}


def meet(holder: Holder, address: str, other: Holder) -> bool:
    """Whether the two addresses meet (inet_rcv_saddr_equal): a wildcard of IPv6 covers IPv4 too, unless IPV6_V6ONLY.

    That of IPv4 meets every socket of IPv6 that has not IPV6_V6ONLY, wherever that is connected (ipv4_rcv_saddr_equal).
    """
    theirs = other.local[0]
    if address == theirs:
        return True
    if is_six(address) == is_six(theirs):
        return wildcard(address) or wildcard(theirs)
    if is_six(theirs):
        return not other.six_only and (theirs == ANY_SIX or address == ANY_FOUR)
    return address == ANY_SIX and not holder.six_only


def _clash(holder: Holder, address: str, other: Holder) -> bool:
    """inet_bind_conflict: both must have SO_REUSEADDR and the other must not listen, or both SO_REUSEPORT."""
    if not meet(holder, address, other):
        return False
    if holder.reuse_address and other.reuse_address and not other.listens:
        return False
    return not (holder.reuse_port and other.reuse_port)
