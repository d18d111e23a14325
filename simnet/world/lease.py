"""Getting a lease from the kernel.

Law: the kernel keeps the lease, not a file. A block is leased by binding a UDP socket to its network address
(127.x.y.0) at one agreed port; bind(2) lets only one process have it, whoever the user is, and gives it back when the
process ends, however it ends. So no lease outlives its run, a SIGKILL included, and there is nothing to clean up.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import socket
from collections.abc import Iterator

from simnet.errors import MachineError
from simnet.plan.lease import BLOCKS, DNS_PORT, FIRST_SIX_PORT, LAST_SIX_PORT, Lease, block_prefix, blocks_needed

__all__ = ["hold_lease"]

LEASE_PORT = 31_268
"""Where the anchors are bound: below the ephemeral range, above 1023, and of UDP, so that no TCP service meets it."""

SIX_ANCHOR = "127.255.0.1"
"""Where ports of ::1 are leased: not on ::1 itself, or a UDP service there would meet its own anchor; no lease lies here."""

UNPRIVILEGED_DNS_PORT = 5300
"""Above 1023 and below the ephemeral range, where 53 may not be had; 5353 would be multicast DNS."""

_turn = itertools.count()


@contextlib.contextmanager
def hold_lease(services: int, six_ports: int = 0) -> Iterator[Lease]:
    """Hold enough blocks for `services` addresses, and `six_ports` ports of ::1, until the block is left.

    Raises `MachineError` when every block of 127.128.0.0/9 is taken, or loopback cannot be bound at all.
    """
    with contextlib.ExitStack() as stack:
        blocks = tuple(_take(stack, blocks_needed(services), socket.AF_INET, _block_anchors()))
        ports = tuple(_take(stack, six_ports, socket.AF_INET, _six_anchors()))
        yield Lease(blocks, ports, _name_port(f"{block_prefix(blocks[0])}.0"))


def _block_anchors() -> Iterator[tuple[int, tuple[str, int]]]:
    """Every block with its anchor, starting where this process and this turn seldom meet another."""
    first = (os.getpid() * 61 + next(_turn)) % BLOCKS
    for step in range(BLOCKS):
        block = (first + step) % BLOCKS
        yield block, (f"{block_prefix(block)}.0", LEASE_PORT)


def _name_port(address: str) -> int:
    """53, if we may bind it: as root, by `net.ipv4.ip_unprivileged_port_start`, or in a network namespace of our own."""
    with contextlib.ExitStack() as stack:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
            try:
                stack.enter_context(socket.socket(socket.AF_INET, kind)).bind((address, DNS_PORT))
            except OSError:
                return UNPRIVILEGED_DNS_PORT
    return DNS_PORT


def _six_anchors() -> Iterator[tuple[int, tuple[str, int]]]:
    span = LAST_SIX_PORT - FIRST_SIX_PORT
    first = os.getpid() * 61 % span
    for step in range(span):
        port = FIRST_SIX_PORT + (first + step) % span
        yield port, (SIX_ANCHOR, port)


def _take(
    stack: contextlib.ExitStack, count: int, family: socket.AddressFamily, anchors: Iterator[tuple[int, tuple[str, int]]]
) -> Iterator[int]:
    for _ in range(count):
        for number, anchor in anchors:
            if (held := _bind(family, anchor)) is not None:
                stack.callback(held.close)
                yield number
                break
        else:
            raise MachineError("every block of 127.128.0.0/9 is leased by another run; end one of them")


def _bind(family: socket.AddressFamily, anchor: tuple[str, int]) -> socket.socket | None:
    """The bound anchor, or None if another run has it."""
    sock = socket.socket(family, socket.SOCK_DGRAM)
    try:
        sock.bind(anchor)
    except OSError as error:
        sock.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise MachineError(f"this machine cannot bind {anchor[0]}: {error.strerror}") from error
    return sock
