"""What this machine can do: each lever of `faults/contract.py`, tried with bare sockets on loopback.

Law: a trial observes an effect (an errno, a silence, a row of the kernel), never a version number; it takes well
under a second, leaves nothing behind, and its failure is a result, not an exception.
"""

from __future__ import annotations

import contextlib
import errno
import os
import select
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from simnet.errors import MachineError, SimnetError
from simnet.faults.contract import Lever
from simnet.world.kernel import levers_namespaces as namespaces
from simnet.world.kernel.counters import read_counters
from simnet.world.kernel.options import abort_on_close, cut_off, dropped_segments, set_min_ttl
from simnet.world.kernel.seccomp import answer, launcher, receive
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.starved import READY, spawn_starved
from simnet.world.kernel.tcp_info import queue

__all__ = ["LeverResult", "probe", "probe_all"]

SILENCE = 0.05
"""Seconds without an answer that count as silence: loopback answers within a millisecond, the first SYN is
repeated after one second only."""

GUARD = 5.0
"""Seconds that an answer may take on a machine under heavy load."""

FIRST_PORT, LAST_PORT = 21_000, 32_000
"""Below the ephemeral range: a port that the kernel chose would be lost by the first shutdown."""

SERVED, NO_ANSWER = "served", "no answer"


@dataclass(frozen=True, slots=True)
class LeverResult:
    """What came of trying one lever: what was seen, how many seconds that took, and what is missing if it failed."""

    lever: Lever
    available: bool
    saw: str
    seconds: float
    why: str


class _Otherwise(Exception):
    """The kernel did something else: what was seen, and what that means."""

    def __init__(self, saw: str, why: str) -> None:
        self.saw, self.why = saw, why
        super().__init__(saw)


def probe(lever: Lever) -> LeverResult:
    """Try one lever on this machine; never raises."""
    start = time.perf_counter()
    saw, why = "", ""
    try:
        saw = TRIALS[lever]()
    except _Otherwise as other:
        saw, why = other.saw, other.why
    except SimnetError as error:
        saw, why = "an error", str(error)
    except OSError as error:
        saw = _name(error)
        why = f"{lever.value} was cut short by {saw} ({error.strerror or 'timeout'}): loopback is restricted here"
    return LeverResult(lever, not why, saw, time.perf_counter() - start, why)


def probe_all() -> tuple[LeverResult, ...]:
    """Try every lever, in the order of `Lever`."""
    return tuple(probe(lever) for lever in Lever)


def _listen_again() -> str:
    with _bound() as sock:
        saw = []
        for listens in (True, False, True):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(listens))
            if listens:
                sock.listen(8)
            else:
                sock.shutdown(socket.SHUT_RD)
            saw.append(_dial(sock, GUARD))
        _expect(saw, [SERVED, "ECONNREFUSED", SERVED], "a shut listener does not refuse, or cannot listen again here")
        return ", ".join(saw)


def _min_ttl() -> str:
    with _bound() as sock:
        sock.listen(8)
        set_min_ttl(sock, on=True)
        before = read_counters().get("TcpExtTCPMinTTLDrop", 0)
        saw = [_dial(sock, SILENCE)]
        dropped = read_counters().get("TcpExtTCPMinTTLDrop", 0) - before
        set_min_ttl(sock, on=False)
        saw.append(_dial(sock, GUARD))
        _expect(saw, [NO_ANSWER, SERVED], "IP_MINTTL can be set, but TCP does not heed it (gVisor?)")
        return f"{NO_ANSWER} for {SILENCE * 1000:.0f} ms (TCPMinTTLDrop +{dropped}), then {SERVED}"


def _sock_diag() -> str:
    with SockDiag() as diag, _bound() as sock:
        sock.listen(8)
        with socket.create_connection(sock.getsockname(), GUARD) as client:
            row = diag.find(client.getsockname(), client.getpeername())
            states = [other.state.name for other in diag.at_port(sock.getsockname()[1])]
            why = "sock_diag does not show this process its own sockets: the module tcp_diag is missing, or hidden"
            _expect([row is not None and row.inode], [os.fstat(client.fileno()).st_ino], why)
            _expect([name for name in states if name == "LISTEN"][:1], ["LISTEN"], why)
            return f"its own connection by address and inode, among {len(states)} sockets of the port"


def _simultaneous_open() -> str:
    with _bound() as sock, socket.socket() as client, socket.socket() as opener:
        sock.listen(8)
        set_min_ttl(sock, on=True)
        client.setblocking(False)  # noqa: FBT003 - the name of the socket module
        client.connect_ex(sock.getsockname())
        _bind_beside(opener, sock)
        opener.settimeout(GUARD)
        opener.connect(client.getsockname())
        connected = (
            select.select([], [client], [], GUARD)[1] and client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0
        )
        _expect([bool(connected)], [True], "crossing SYNs do not make a connection here (RFC 9293, 3.5)")
        return "a waiting client was connected by our SYN"


def _full_queue() -> str:
    with _bound() as sock, socket.socket() as filler:
        sock.listen(0)
        filler.settimeout(GUARD)
        filler.connect(sock.getsockname())
        saw = [_dial(sock, SILENCE)]
        _expect(saw, [NO_ANSWER], "a full accept queue does not drop SYNs here (tcp_abort_on_overflow, or syncookies 2?)")
        waiting, backlog = queue(sock)
        return f"{NO_ANSWER} for {SILENCE * 1000:.0f} ms with {waiting} in a queue of backlog {backlog}"


def _open_files() -> str:
    with _bound() as sock:
        sock.setblocking(False)  # noqa: FBT003
        sock.listen(8)
        child, control = spawn_starved(sock)
        try:
            with control:
                control.settimeout(GUARD)
                said = control.recv(64)
                if said == READY:
                    control.send(b"1")
                    said = control.recv(64)
        finally:
            child.kill()
            child.wait()
        _expect([said.decode()], ["1 EMFILE"], "the limit was lowered, but accept in the child does not fail with EMFILE")
        return "EMFILE from accept in the child"


def _notifier() -> str:
    """A program is asked about before its connect, and the connect fails with the errno that we answer."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs, _bound() as sock:
        address, port = sock.getsockname()
        dial = [sys.executable, "-I", "-S", "-c", DIAL, address, str(port)]
        command = launcher(theirs.fileno(), None, ["connect"], dial)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, pass_fds=(theirs.fileno(),), stdout=pipe) as program:  # noqa: S603 - our own text
            theirs.close()
            ours.settimeout(GUARD)
            said, descriptors, _, _ = socket.recv_fds(ours, 256, 1)
            if not descriptors:
                raise _Otherwise(said.decode(), f"seccomp user notification is not to be had here: {said.decode()}")
            try:
                if select.select(descriptors, [], [], GUARD)[0] and (notice := receive(descriptors[0])) is not None:
                    answer(descriptors[0], notice, errno.ETIMEDOUT)
                heard = program.communicate(timeout=GUARD)[0].decode().strip()
            finally:
                os.close(descriptors[0])
        _expect([heard], ["ETIMEDOUT"], "the program was supervised, but its connect did not fail as it was told to")
        return "ETIMEDOUT from connect, as answered"


DIAL = """
import errno, socket, sys
try:
    socket.create_connection((sys.argv[1], int(sys.argv[2])))
except OSError as error:
    print(errno.errorcode[error.errno])
"""


def _linger() -> str:
    with _bound() as sock:
        sock.listen(8)
        with socket.create_connection(sock.getsockname(), GUARD) as client:
            accepted, _ = sock.accept()
            abort_on_close(accepted)
            accepted.close()
            try:
                saw = repr(client.recv(1))
            except OSError as error:
                saw = _name(error)
        _expect([saw], ["ECONNRESET"], "SO_LINGER with 0 s does not send a RST here")
        return saw


def _md5_key() -> str:
    with _bound() as sock:
        sock.listen(8)
        with socket.create_connection(sock.getsockname(), SILENCE) as client, sock.accept()[0] as accepted:
            cut_off(accepted)
            accepted.sendall(b"unheard")
            try:
                saw = repr(client.recv(1))
            except TimeoutError:
                saw = NO_ANSWER
            client.sendall(b"unheard as well")
            dropped = dropped_segments(accepted)
            abort_on_close(accepted)
        _expect([saw, dropped > 0], [NO_ANSWER, True], "TCP_MD5SIG can be set, but TCP does not heed it (gVisor?)")
        return f"{NO_ANSWER} for {SILENCE * 1000:.0f} ms, {dropped} segments dropped"


TRIALS: Mapping[Lever, Callable[[], str]] = MappingProxyType({
    Lever.LISTEN_AGAIN: _listen_again,
    Lever.MIN_TTL: _min_ttl,
    Lever.SOCK_DIAG: _sock_diag,
    Lever.SIMULTANEOUS_OPEN: _simultaneous_open,
    Lever.FULL_QUEUE: _full_queue,
    Lever.OPEN_FILES: _open_files,
    Lever.LINGER: _linger,
    Lever.NOTIFIER: _notifier,
    Lever.USER_NAMESPACE: namespaces.user_namespace,
    Lever.NETWORK_NAMESPACE: namespaces.network_namespace,
    Lever.MOUNT_NAMESPACE: namespaces.mount_namespace,
    Lever.MD5_KEY: _md5_key,
})  # fmt: skip


@contextlib.contextmanager
def _bound() -> Iterator[socket.socket]:
    """A socket bound to a free port that we chose ourselves, on an address that few would use."""
    with socket.socket() as sock:
        sock.settimeout(GUARD)
        address = f"127.127.{os.getpid() % 250 + 1}.{os.getpid() // 250 % 250 + 1}"
        for port in range(FIRST_PORT, LAST_PORT):
            try:
                sock.bind((address, port))
            except OSError as error:
                if error.errno != errno.EADDRINUSE:
                    raise
            else:
                yield sock
                return
        raise MachineError(f"no port from {FIRST_PORT} to {LAST_PORT} of {address} is free")


def _bind_beside(opener: socket.socket, sock: socket.socket) -> None:
    """Bind a second socket to the same address: SO_REUSEPORT on both, and off again at once (socket(7))."""
    for one in (sock, opener):
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opener.bind(sock.getsockname())
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)


def _dial(sock: socket.socket, patience: float) -> str:
    """What a client meets that connects to the address of `sock`."""
    with socket.socket() as client:
        client.settimeout(patience)
        try:
            client.connect(sock.getsockname())
        except TimeoutError:
            return NO_ANSWER
        except OSError as error:
            return _name(error)
        return SERVED


def _expect(saw: Sequence[object], wanted: Sequence[object], why: str) -> None:
    if saw != wanted:
        raise _Otherwise(", ".join(map(str, saw)) or "nothing", why)


def _name(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, "timeout")
