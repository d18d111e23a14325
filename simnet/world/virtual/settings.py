"""What a socket is set to by setsockopt, and what an accepted one takes over from its listener.

Law: plain values; what they do is done where it is done. Every field has Linux's default.
"""

from __future__ import annotations

import dataclasses
import socket
from dataclasses import dataclass, field

from simnet.world.virtual.parameters import Parameters

__all__ = ["Settings"]


@dataclass(slots=True)
class Settings:
    """The options of one socket."""

    six: bool
    """AF_INET6."""
    six_only: bool = False
    reuse_address: bool = False
    reuse_port: bool = False
    min_ttl: int = 0
    """IP_MINTTL: for what comes by IPv4, to a socket of IPv6 too."""
    min_hops: int = 0
    """IPV6_MINHOPCOUNT: for what comes by IPv6."""
    lingers: bool = False
    linger_seconds: int = 0
    """SO_LINGER; the seconds stay when it is off."""
    send_buffer: int | None = None
    """SO_SNDBUF as the kernel has it: twice what was asked for."""
    receive_buffer: int | None = None
    most_unsent: int | None = None
    """TCP_NOTSENT_LOWAT: with so many bytes that cannot leave yet, no more are taken."""
    ports: tuple[int, int] | None = None
    """IP_LOCAL_PORT_RANGE."""
    kept: dict[tuple[int, int], int] = field(default_factory=dict)
    """Options that are a number and nothing else, as they were set (see `kept.py`)."""

    def inherited(self) -> Settings:
        """The options of a connection that is accepted here. Its priority is that of no socket (sk_clone)."""
        kept = {option: value for option, value in self.kept.items() if option != (socket.SOL_SOCKET, socket.SO_PRIORITY)}
        return dataclasses.replace(self, kept=kept)

    def number(self, option: int, default: float) -> float:
        """An option of TCP, as it was set."""
        return self.kept.get((socket.IPPROTO_TCP, option), default)

    @property
    def linger(self) -> int | None:
        """How long close(2) waits, None if it does not."""
        return self.linger_seconds if self.lingers else None

    def drops(self, ttl: int, *, by_six: bool) -> bool:
        """Whether a segment that arrives with this TTL is dropped."""
        return ttl < (self.min_hops if by_six else self.min_ttl)

    def send_room(self, parameters: Parameters) -> int:
        """How many bytes are taken before the program has to wait."""
        return parameters.send_buffer if self.send_buffer is None else self.send_buffer

    def room(self, parameters: Parameters) -> int:
        """How many bytes may arrive unread: half of the buffer is the kernel's own (tcp_adv_win_scale)."""
        return parameters.receive_buffer if self.receive_buffer is None else self.receive_buffer // 2
