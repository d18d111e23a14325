"""The listening socket and what it can be switched to, without ever losing the port.

Law: every switch is the kernel's own doing (see `DoorState`), takes microseconds, and may be made in any thread. The
socket is bound plainly and to an explicit port: one that the kernel chose is lost by the first shutdown. SO_REUSEADDR
is on only while it listens, or another REUSEADDR socket could steal the shut port (inet_csk_get_port, net/ipv4/
inet_connection_sock.c).
"""

from __future__ import annotations

import contextlib
import enum
import errno
import socket
import threading
from collections import deque

from simnet.errors import AddressInUseError, MachineError
from simnet.world.kernel.options import set_min_ttl
from simnet.world.kernel.tcp_info import TcpState, queue, tcp_info
from simnet.world.network import Network, StreamSocket

__all__ = ["Door", "DoorState"]

BACKLOG = 1024


class DoorState(enum.Enum):
    """What a SYN meets."""

    OPEN = "open"  # listening
    REFUSE = "refuse"  # bound, not listening: RST
    DROP = "drop"  # listening with IP_MINTTL 255: silence
    FULL = "full"  # listening, accept queue filled by ourselves: silence
    TAKEN = "taken"  # listening, and there to be in somebody's way
    RELEASED = "released"  # not bound at all

    @property
    def accepts(self) -> bool:
        """Whether connections can be waiting behind this door."""
        return self in {DoorState.OPEN, DoorState.DROP, DoorState.TAKEN}


class Door:
    """One address and port. Starts out `RELEASED`; `close` gives everything back."""

    def __init__(self, net: Network, address: str, port: int) -> None:
        self._net = net
        self.endpoint = (address, port)
        self.family = socket.AF_INET6 if ":" in address else socket.AF_INET
        self.state = DoorState.RELEASED
        self.socket: StreamSocket | None = None
        self._beside: deque[tuple[StreamSocket, tuple[str, int]]] = deque()
        """Connections that did not come, or did not stay, in the accept queue; they are handed out first."""
        self._fillers: list[StreamSocket] = []
        self._lock = threading.RLock()

    def switch(self, state: DoorState, backlog: int = 0) -> bool:
        """Switch to `state`; return whether that changed anything. `backlog` is for `FULL`.

        Raises `AddressInUseError` or `MachineError` if the address has to be bound and cannot be.
        """
        with self._lock:
            if state is self.state:
                return False
            self._leave()
            if state is DoorState.RELEASED:
                self.close()
            else:
                self._enter(self.socket or self._bind(), state, backlog)
            self.state = state
            return True

    def bind(self) -> None:
        """Take the address without serving yet: everything is refused."""
        with self._lock:
            if self.socket is None:
                self._bind()
                self.state = DoorState.REFUSE

    def accept(self) -> tuple[StreamSocket, tuple[str, int]] | None:
        """The next connection and its client's address, not blocking; None if none waits.

        Raises OSError as accept(2) does (EMFILE ...). The address is told also of a client that has reset meanwhile.
        """
        with self._lock:
            if self._beside:
                return self._beside.popleft()
            if self.socket is None or not self.state.accepts:
                return None
            try:
                connection, client = self.socket.accept()
                return connection, client[:2]
            except (BlockingIOError, ConnectionAbortedError):
                return None

    def deliver(self, connection: StreamSocket, client: tuple[str, int]) -> None:
        """Hand out `connection` at the next `accept`, as if it had been in the queue."""
        self._beside.append((connection, client))

    def has_beside(self) -> bool:
        """Whether a connection waits beside the accept queue."""
        return bool(self._beside)

    def bind_beside(self) -> StreamSocket:
        """A second socket bound to the same address, to dial from: not blocking.

        SO_REUSEPORT on both is what lets it in (socket(7)); the listener has it for the moment of the bind only.
        """
        with self._lock:
            sock = self._net.socket(self.family)
            sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            try:
                if self.socket is not None:
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
                sock.bind(self.endpoint)
            except OSError:
                sock.close()
                raise
            finally:
                if self.socket is not None:
                    self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 0)
            return sock

    def try_to_take(self) -> str:
        """The errno, by name, that another program gets from binding this address; "" if it could."""
        with self._net.socket(self.family) as other:
            try:
                other.bind(self.endpoint)
            except OSError as error:
                return errno.errorcode.get(error.errno or 0, "unknown")
        return ""

    def waiting(self) -> tuple[int, int]:
        """(connections in the accept queue, length of the backlog); (0, 0) while it does not listen."""
        with self._lock:
            if self.socket is None or self.state is DoorState.REFUSE:
                return 0, 0
            return queue(self.socket)

    def close(self) -> None:
        """Give the address back; connections in the queue are reset by the kernel."""
        with self._lock:
            self._leave()
            if self.socket is not None:
                self.socket.close()
                self.socket = None
            while self._beside:
                self._beside.pop()[0].close()
            self.state = DoorState.RELEASED

    def _bind(self) -> StreamSocket:
        sock = self._net.socket(self.family)
        try:
            sock.setblocking(False)  # noqa: FBT003 - the name of the socket module
            # REUSEADDR for the bind alone: connections of an earlier run may linger in TIME_WAIT on this very port.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind(self.endpoint)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        except OSError as error:
            sock.close()
            raise self._cannot_bind(error) from error
        self.socket = sock
        return sock

    def _cannot_bind(self, error: OSError) -> MachineError:
        address, port = self.endpoint
        if error.errno == errno.EADDRINUSE:
            holder = self._net.who_holds(address, port)
            cure = "choose another port, or leave `at` out to get an address of your own"
            return AddressInUseError(f"{address}:{port} is taken (EADDRINUSE) by {holder}; {cure}")
        if error.errno == errno.EACCES:
            return MachineError(f"port {port} needs privileges (EACCES: below 1024); choose one from 1024 on")
        return MachineError(f"{address}:{port} cannot be bound: {error.strerror}")

    def _enter(self, sock: StreamSocket, state: DoorState, backlog: int) -> None:
        if state is DoorState.REFUSE:
            self._shut(sock)
            return
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if state is DoorState.DROP:
            set_min_ttl(sock, on=True)
        sock.listen(backlog if state is DoorState.FULL else BACKLOG)
        if state is DoorState.FULL:
            self._fill(sock)

    def _leave(self) -> None:
        if self.socket is not None and self.state is DoorState.DROP:
            set_min_ttl(self.socket, on=False)
        if self._fillers:
            own = {filler.getsockname()[:2] for filler in self._fillers}
            for filler in self._fillers:
                filler.close()
            self._fillers.clear()
            if self.socket is not None:
                self._drain(self.socket, own)

    def _shut(self, sock: StreamSocket) -> None:
        if tcp_info(sock).state is not TcpState.LISTEN:
            return  # fresh: a shutdown would stay with it and with all that it accepts later (inet_shutdown, TCP_CLOSE)
        # Whoever is in the queue has been connected; the shutdown would reset them (inet_csk_listen_stop).
        self._drain(sock, set())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)
        sock.shutdown(socket.SHUT_RD)

    def _fill(self, sock: StreamSocket) -> None:
        """Connect to ourselves until the queue is full: `listen(n)` admits n + 1 (sk_acceptq_is_full)."""
        with self._net.own_connects():
            while (state := queue(sock))[0] <= state[1]:
                filler = self._net.socket(self.family)
                filler.settimeout(1)
                self._fillers.append(filler)
                filler.connect(self.endpoint)

    def _drain(self, sock: StreamSocket, own: set[tuple[str, int]]) -> None:
        """Empty the queue: our own fillers, closed by now, are thrown away, everybody else is kept."""
        with contextlib.suppress(OSError):
            while True:
                connection, client = sock.accept()
                if client[:2] in own:
                    connection.close()
                else:
                    self._beside.append((connection, client[:2]))
