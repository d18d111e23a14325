"""sock_diag: the kernel's own list of TCP sockets, everybody's, over netlink (sock_diag(7)).

Law: it asks, it never changes anything (SOCK_DESTROY is not spoken here); a query ends within `PATIENCE` whatever
the kernel does; a socket that is gone is None or missing, never an error. Addresses are plain: a client that dials
127.0.0.1 through an IPv6 socket (::ffff:127.0.0.1) is shown as 127.0.0.1. Layouts: include/uapi/linux/inet_diag.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from simnet.errors import MachineError
from simnet.world.kernel.tcp_info import TcpInfo, TcpState, parse_tcp_info

__all__ = ["NETLINK_SOCK_DIAG", "DiagRow", "SockDiag", "messages", "row_of"]

Endpoint = tuple[str, int]

PATIENCE = 2.0
"""Seconds. The kernel answers within the send(2) itself; this is for a sandbox that only pretends to have netlink."""

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY = 4, 20
NLM_F_REQUEST, NLM_F_DUMP = 0x1, 0x300
NLMSG_ERROR, NLMSG_DONE = 2, 3
INET_DIAG_REQ_BYTECODE, INET_DIAG_INFO = 1, 2
INET_DIAG_NOCOOKIE = 0xFFFF_FFFF
WITH_INFO = 1 << (INET_DIAG_INFO - 1)
ANY_STATE = 0xFFFF_FFFF
S_GE, S_LE, D_GE, D_LE = 2, 3, 4, 5

HEADER = struct.Struct("=IHHII")  # struct nlmsghdr
REQUEST = struct.Struct("=BBBxI")  # struct inet_diag_req_v2, up to its sockid
SOCKID = struct.Struct("!HH16s16s")  # struct inet_diag_sockid, up to the interface
SOCKID_TAIL = struct.pack("=III", 0, INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE)
ROW = struct.Struct("=4B48s5I")  # struct inet_diag_msg
ATTRIBUTE = struct.Struct("=HH")  # struct nlattr
COOKIE_AT = 40  # of struct inet_diag_sockid


@dataclass(frozen=True, slots=True)
class DiagRow:
    """One socket. `local` is its own side; `inode` is what os.fstat of it says, 0 if no program holds it any more."""

    state: TcpState
    local: Endpoint
    remote: Endpoint
    retransmits: int
    timer_ms: int
    """Milliseconds until its timer fires: in SYN_SENT, until the next SYN."""
    inode: int
    uid: int
    cookie: int
    """The kernel's name for the socket: what SO_COOKIE of it says, never given twice."""
    info: TcpInfo | None
    received: int = 0
    """Bytes that wait to be read; at a listener: connections in its accept queue."""
    unsent: int = 0
    """Bytes that are not acknowledged; at a listener: its backlog."""
    timer: int = 0
    """Which timer runs: 1 retransmission, 2 keep-alive, 3 TIME_WAIT, 4 zero window probe; 0 none (inet_diag_msg)."""


class SockDiag:
    """One netlink socket, kept open; any thread may ask. Raises `MachineError` where there is no sock_diag."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sequence = 0
        self._socket = _open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, tb: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Give the socket back; may be called twice."""
        with self._lock:
            self._socket.close()

    def waiting(self, port: int | None = None) -> list[DiagRow]:
        """Clients in SYN_SENT, on their way to `port` (any port, if None): their side is `local`."""
        states = 1 << TcpState.SYN_SENT
        return self._dump(states, b"" if port is None else _port_is(D_GE, D_LE, port), WITH_INFO)

    def connected_to(self, port: int) -> list[DiagRow]:
        """Clients that are connected to `port`, accepted or still in the queue: their side is `local`."""
        states = 1 << TcpState.ESTABLISHED | 1 << TcpState.FIN_WAIT1 | 1 << TcpState.FIN_WAIT2
        return self._dump(states, _port_is(D_GE, D_LE, port))

    def queued_at(self, listener: Endpoint) -> list[DiagRow]:
        """Clients that are connected to `listener` and not accepted yet: their side is `local`.

        No program holds the other side, which only accept(2) gives an inode (inet_accept, net/ipv4/af_inet.c).
        """
        states = 1 << TcpState.ESTABLISHED | 1 << TcpState.CLOSE_WAIT
        far = [row for row in self._dump(states, _port_is(S_GE, S_LE, listener[1])) if not row.inode]
        queued = {row.remote for row in far if row.local == listener}
        near = self.connected_to(listener[1]) if queued else []
        return [row for row in near if row.local in queued and row.remote == listener]

    def held_towards(self, port: int) -> list[DiagRow]:
        """Connections towards `port` that their client has not closed, whether or not the other side has."""
        states = 1 << TcpState.ESTABLISHED | 1 << TcpState.CLOSE_WAIT | 1 << TcpState.SYN_SENT
        return [row for row in self._dump(states, _port_is(D_GE, D_LE, port)) if row.inode]

    def at_port(self, port: int) -> list[DiagRow]:
        """Every socket whose own port is `port`: listeners, connections, and (Linux 6.8) those merely bound."""
        return self._dump(ANY_STATE, _port_is(S_GE, S_LE, port))

    def listening(self) -> list[DiagRow]:
        """Every listener, and (Linux 6.8) every socket that is bound and does not listen."""
        return self._dump(1 << TcpState.LISTEN | 1 << TcpState.BOUND_INACTIVE, b"")

    def find(self, local: Endpoint, remote: Endpoint) -> DiagRow | None:
        """The connection whose own side is `local` and whose other side is `remote`; None if there is none.

        A reset socket has no row; one that met a FIN has (CLOSE_WAIT), and so has TIME_WAIT.
        """
        local, remote = (_unmapped(local[0]), local[1]), (_unmapped(remote[0]), remote[1])
        family = _family(local[0])
        sockid = SOCKID.pack(local[1], remote[1], _packed(local[0]), _packed(remote[0])) + SOCKID_TAIL
        rows = self._ask(NLM_F_REQUEST, REQUEST.pack(family, socket.IPPROTO_TCP, WITH_INFO, ANY_STATE) + sockid)
        # The kernel's lookup falls back to the listener at `local` (__inet_lookup, include/net/inet_hashtables.h).
        return next((row for row in rows if row.local == local and row.remote == remote), None)

    def _dump(self, states: int, bytecode: bytes, extensions: int = 0) -> list[DiagRow]:
        rows = []
        for family in (socket.AF_INET, socket.AF_INET6):
            request = REQUEST.pack(family, socket.IPPROTO_TCP, extensions, states) + bytes(48)
            if bytecode:
                request += ATTRIBUTE.pack(ATTRIBUTE.size + len(bytecode), INET_DIAG_REQ_BYTECODE) + bytecode
            rows += self._ask(NLM_F_REQUEST | NLM_F_DUMP, request)
        return rows

    def _ask(self, flags: int, request: bytes) -> list[DiagRow]:
        with self._lock:
            self._sequence += 1
            header = HEADER.pack(HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, flags, self._sequence, 0)
            try:
                self._socket.send(header + request)
                return self._answer(dump=flags & NLM_F_DUMP == NLM_F_DUMP)
            except OSError as error:
                if error.errno == errno.ENOENT:
                    return []  # no such socket, or no such family here
                self._reopen()
                why = "no answer" if isinstance(error, TimeoutError) else error.strerror
                raise MachineError(f"sock_diag failed ({why}): this kernel or sandbox hides its sockets") from error

    def _answer(self, *, dump: bool) -> list[DiagRow]:
        rows: list[DiagRow] = []
        while True:
            for kind, sequence, body in messages(self._socket.recv(1 << 16)):
                if sequence != self._sequence:
                    continue  # the late answer to a query that was given up
                if kind == NLMSG_DONE:
                    return rows
                if kind == NLMSG_ERROR:
                    number = -int(struct.unpack_from("=i", body)[0])
                    raise OSError(number, os.strerror(number))
                rows.append(row_of(body))
                if not dump:
                    return rows

    def _reopen(self) -> None:
        """A query that ended badly may have left answers, or half a dump, behind: start afresh."""
        if self._socket.fileno() != -1:
            self._socket.close()
            self._socket = _open()


def _open() -> socket.socket:
    try:
        sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG)
    except OSError as error:
        cure = "load the modules inet_diag and tcp_diag, or let the sandbox have AF_NETLINK"
        raise MachineError(f"sock_diag is not to be had here ({error.strerror}); {cure}") from error
    sock.settimeout(PATIENCE)
    return sock


def messages(data: bytes) -> Iterator[tuple[int, int, bytes]]:
    """(type, sequence, body) of each netlink message (netlink(7)); lengths are rounded up to 4."""
    at = 0
    while at + HEADER.size <= len(data):
        length, kind, _, sequence, _ = HEADER.unpack_from(data, at)
        if length < HEADER.size:
            return
        yield kind, sequence, data[at + HEADER.size : at + length]
        at += (length + 3) & ~3


def row_of(body: bytes) -> DiagRow:
    """The socket that a message of sock_diag describes (struct inet_diag_msg and its attributes)."""
    family, state, timer, retransmits, sockid, expires, received, unsent, uid, inode = ROW.unpack_from(body)
    local_port, remote_port, local, remote = SOCKID.unpack_from(sockid)
    return DiagRow(
        state=TcpState(state),
        local=(_plain(family, local), local_port),
        remote=(_plain(family, remote), remote_port),
        retransmits=retransmits,
        timer_ms=expires,
        inode=inode,
        uid=uid,
        cookie=int.from_bytes(sockid[COOKIE_AT:], sys.byteorder),
        info=_info(body[ROW.size :]),
        received=received,
        unsent=unsent,
        timer=timer,
    )


def _info(attributes: bytes) -> TcpInfo | None:
    while len(attributes) >= ATTRIBUTE.size:
        length, kind = ATTRIBUTE.unpack_from(attributes)
        if length < ATTRIBUTE.size:
            return None
        if kind == INET_DIAG_INFO and length > ATTRIBUTE.size:
            return parse_tcp_info(attributes[ATTRIBUTE.size : length])
        attributes = attributes[(length + 3) & ~3 :]
    return None


def _port_is(at_least: int, at_most: int, port: int) -> bytes:
    """Bytecode "port >= p and port <= p" (inet_diag_bc_op); a jump 4 past the end says no."""
    first = struct.pack("=BBHBBH", at_least, 8, 20, 0, 0, port)
    return first + struct.pack("=BBHBBH", at_most, 8, 12, 0, 0, port)


def _family(address: str) -> int:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _packed(address: str) -> bytes:
    return socket.inet_pton(_family(address), address).ljust(16, b"\0")


def _plain(family: int, packed: bytes) -> str:
    if family == socket.AF_INET:
        return socket.inet_ntop(socket.AF_INET, packed[:4])
    return _unmapped(socket.inet_ntop(socket.AF_INET6, packed))


def _unmapped(address: str) -> str:
    """::ffff:127.0.0.1 as 127.0.0.1 (RFC 4291, section 2.5.5.2)."""
    return address.removeprefix("::ffff:") if "." in address else address
