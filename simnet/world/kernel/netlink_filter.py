"""A filter before a netlink socket: the kernel asks it of each message, and does not queue what it refuses.

Law: bytes in, bytes out, and one system call; what may be missed is the caller's to decide. A queue that is full loses
messages, and sock_diag tells everybody of every socket of the network namespace: who is told only of his own can keep up.
Classic BPF: opcodes and struct sock_filter of include/uapi/linux/bpf_common.h and filter.h; SO_ATTACH_FILTER of socket(7)
needs no privilege, and netlink heeds it (do_one_broadcast, net/netlink/af_netlink.c).
"""

from __future__ import annotations

import array
import socket
import struct
from collections.abc import Collection
from ipaddress import IPv4Address

__all__ = ["attach", "those_who_dialled"]

SO_ATTACH_FILTER = 26  # asm-generic/socket.h
INSTRUCTION = struct.Struct("=HBBI")  # struct sock_filter
PROGRAM = struct.Struct("@HP")  # struct sock_fprog

LOAD_BYTE, LOAD_WORD, EQUAL, AT_LEAST, RETURN = 0x30, 0x20, 0x15, 0x35, 0x06
EVERYTHING, NOTHING = 0xFFFF_FFFF, 0

FAMILY_AT, REMOTE_AT = 16, 40  # of struct inet_diag_msg behind struct nlmsghdr: idiag_family, id.idiag_dst

MOST_COMPARED = 200
"""A jump reaches 255 instructions."""


def those_who_dialled(addresses: Collection[str]) -> bytes:
    """Let pass who has one of these for its remote address, who has none, and all of IPv6, who are few.

    Of more than `MOST_COMPARED` addresses all pass that lie between the first and the last.
    """
    words = sorted({int(IPv4Address(address)) for address in addresses if ":" not in address})
    if len(words) > MOST_COMPARED:
        tests = [(EQUAL, 3, 0, 0), (AT_LEAST, 0, 1, words[0]), (AT_LEAST, 0, 1, words[-1] + 1)]
    else:
        tests = [(EQUAL, len(words) + 1 - at, 0, word) for at, word in enumerate([0, *words])]
    of_ipv4 = [(LOAD_WORD, 0, 0, REMOTE_AT), *tests, (RETURN, 0, 0, NOTHING), (RETURN, 0, 0, EVERYTHING)]
    family = [(LOAD_BYTE, 0, 0, FAMILY_AT), (EQUAL, 1, 0, socket.AF_INET), (RETURN, 0, 0, EVERYTHING)]
    return b"".join(INSTRUCTION.pack(*one) for one in family + of_ipv4)


def attach(sock: socket.socket, instructions: bytes) -> None:
    """Have this filter asked of each message. Raises OSError (EINVAL: it is no program)."""
    held = array.array("B", instructions)
    program = PROGRAM.pack(len(instructions) // INSTRUCTION.size, held.buffer_info()[0])
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, program)
