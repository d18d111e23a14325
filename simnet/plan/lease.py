"""Which addresses a run may use.

Law: pure. A lease is a value; `world/lease.py` is who gets one from the kernel. Every run has blocks of its own in
127.128.0.0/9, 254 addresses each, so that any number of runs can use port 8080 side by side. Addresses that people
write in their scenarios are best taken below, in 127.0.0.0/9: no lease ever lies there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["BLOCK_SIZE", "DNS_PORT", "DRY_LEASE", "Lease", "block_prefix", "blocks_needed"]

BLOCK_SIZE = 254
BLOCKS = 127 * 256
"""127.128.0.0/24 up to 127.254.255.0/24; 127.255 is left out: its last address is the broadcast address."""

DNS_PORT = 53

FIRST_SIX_PORT = 20_000
LAST_SIX_PORT = 32_000
"""::1 is a single address, so there the port is what is leased: below the ephemeral range (32768, ip(7))."""


@dataclass(frozen=True, slots=True)
class Lease:
    """Blocks by number (0 to `BLOCKS` - 1) and ports of ::1."""

    blocks: tuple[int, ...]
    six_ports: tuple[int, ...] = ()
    name_port: int = DNS_PORT
    """Where a resolver may listen: 53, where everybody looks for one, or another where that may not be bound."""

    def addresses(self) -> Iterator[str]:
        """Every leased address in order."""
        for block in self.blocks:
            prefix = block_prefix(block)
            for host in range(1, BLOCK_SIZE + 1):
                yield f"{prefix}.{host}"


def block_prefix(block: int) -> str:
    """The first three numbers of the addresses of that block."""
    return f"127.{128 + block // 256}.{block % 256}"


def blocks_needed(services: int) -> int:
    """How many blocks give each of so many services an address of its own; at least one."""
    return max(1, -(-services // BLOCK_SIZE))


DRY_LEASE = Lease(tuple(range(40)), tuple(range(FIRST_SIX_PORT, FIRST_SIX_PORT + 1000)))
"""For `explain`, where nothing is bound: the addresses are examples."""
