"""Trying it: one connection as any client would make it, and what the other side does then.

Law: loopback only. It waits for what the server says by itself; if that is nothing, it asks once, politely, as a browser
would (`GET / HTTP/1.0`), because a server that waits for its client is no broken one.
"""

from __future__ import annotations

import contextlib
import errno
import ipaddress
import socket
import ssl
import time
from dataclasses import dataclass, replace

from simnet.fronts.diagnosis.facts import Dial
from simnet.world.kernel.counters import read_counters
from simnet.world.kernel.sock_diag import SockDiag

__all__ = ["Target", "dial", "resolve"]

UNASKED = 0.3
"""Seconds that a server is given to speak first (as those of SMTP, MySQL or SSH do)."""

QUESTION = b"GET / HTTP/1.0\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Target:
    """What the user typed, and the addresses that it stands for, in the order in which a client tries them."""

    host: str
    port: int
    addresses: tuple[str, ...]
    unresolved: str = ""


def resolve(text: str) -> Target:
    """Read `host:port`. Raises `ValueError` if it is none, or if it would lead outside loopback."""
    host, separator, port = text.rpartition(":")
    host = host.strip("[]") or "127.0.0.1"
    if not separator or not port.isdigit() or not 1 <= int(port) <= 65535:
        raise ValueError(f"{text!r} is no address with a port; write 127.0.0.1:8080, [::1]:8080 or localhost:8080")
    try:
        found = socket.getaddrinfo(host, int(port), type=socket.SOCK_STREAM)
    except OSError as error:
        return Target(host, int(port), (), error.strerror or str(error))
    addresses = tuple(dict.fromkeys(str(one[4][0]) for one in found))
    foreign = [address for address in addresses if not ipaddress.ip_address(address).is_loopback]
    if foreign:
        raise ValueError(f"{host} is {foreign[0]}, and simnet touches nothing but this machine's loopback")
    return Target(host, int(port), addresses)


def dial(address: str, port: int, patience: float, *, ask: bool = True) -> Dial:
    """Connect once, waiting `patience` seconds at most for each answer; never raises an OSError."""
    before, began = read_counters(), time.monotonic()
    met = _connect(address, port, patience, ask=ask)
    waited, now = time.monotonic() - began, read_counters()
    if met.heard in {"FIN", "RST"} and not met.unasked:
        met = replace(met, speaks_tls=_speaks_tls(address, port, patience))
    grown = {name: now.get(name, 0) - before.get(name, 0) for name in ("TcpExtListenOverflows", "TcpExtTCPMinTTLDrop")}
    overflows, drops = grown.values()
    seconds = met.seconds or waited
    return replace(met, seconds=seconds, overflows=overflows, ttl_drops=drops)


def _connect(address: str, port: int, patience: float, *, ask: bool) -> Dial:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    began = time.monotonic()
    try:
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(patience)
            sock.connect((address, port))
            connected = Dial(address, port, "connected", time.monotonic() - began)
            return _listen(sock, connected, patience, ask=ask)
    except TimeoutError as error:
        return Dial(address, port, "timed out" if error.errno is None else "ETIMEDOUT", 0)
    except OSError as error:
        return Dial(address, port, errno.errorcode.get(error.errno or 0, str(error)), 0)


def _listen(sock: socket.socket, dialled: Dial, patience: float, *, ask: bool) -> Dial:
    sock.settimeout(min(UNASKED, patience))
    heard, said = _hear(sock)
    if heard != "silence":
        return replace(dialled, heard=heard, said=said, unasked=True, accepted=True)
    if ask:
        with contextlib.suppress(OSError):
            sock.sendall(QUESTION)
        sock.settimeout(patience)
        heard, said = _hear(sock)
    return replace(dialled, heard=heard, said=said, accepted=_is_accepted(sock))


def _speaks_tls(address: str, port: int, patience: float) -> bool:
    """Whether it takes a ClientHello for one: a handshake, or an alert of its own. No certificate is looked at."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with socket.create_connection((address, port), patience) as sock, context.wrap_socket(sock):
            return True
    except ssl.SSLEOFError:
        return False
    except ssl.SSLError as error:
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


def _hear(sock: socket.socket) -> tuple[str, bytes]:
    try:
        data = sock.recv(256)
    except TimeoutError:
        return "silence", b""
    except OSError:
        return "RST", b""
    return ("data", data) if data else ("FIN", b"")


def _is_accepted(sock: socket.socket) -> bool | None:
    """Whether a program holds the other end: one that waits in the accept queue has no inode yet (inet_csk_accept)."""
    try:
        ours, theirs = sock.getsockname()[:2], sock.getpeername()[:2]
    except OSError:
        return None
    with SockDiag() as diag:
        row = diag.find(theirs, ours)
    return None if row is None else bool(row.inode)
