"""A plain HTTP client: blocking sockets, h11, one timeout, no cleverness; it says what it met.

Law: as with the plain client, what is `Seen` comes from its own system calls and from the bytes that it read, never from
the scenario. It sends each time the same three requests on one connection, with a rest between them: a GET, a POST
with a large body, and a POST that asks for leave to send its body.
"""

from __future__ import annotations

import socket
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import h11

from simnet.fronts.plain_client import ANSWERED, BROKEN, END_OF_FILE, ENOUGH, PATIENCE, TIMED_OUT, Seen, Step, name_of
from simnet.world.kernel.tcp_info import tcp_info

__all__ = ["PlainHttpClient"]

REST = 0.2
"""Seconds between two requests."""

LARGE = 512 << 10
"""Bytes of a body that takes a reader: it does not come in one piece with its head."""

LEAVE = 0.3
"""Seconds that it waits for 100 (Continue); then it sends its body all the same (RFC 9110 section 10.1.1)."""

Fields = Sequence[tuple[str, str]]


@dataclass(slots=True)
class PlainHttpClient:
    """One client and one connection: `PlainHttpClient(address, port).ask()`."""

    address: str
    port: int
    patience: float = PATIENCE
    _began: float = field(default=0.0, init=False)
    _connected: float | None = field(default=None, init=False)
    _answers: list[float] = field(default_factory=list, init=False)
    _replies: list[str] = field(default_factory=list, init=False)
    _received: int = field(default=0, init=False)
    _reads: int = field(default=0, init=False)
    _step: str = field(default=Step.CONNECT, init=False)
    _before: int = field(default=0, init=False)
    """Bytes that had been received when the last request was begun."""

    def ask(self) -> Seen:
        """Connect and send the three requests, until something is not as it should be; never raises an OSError."""
        self._began = time.monotonic()
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_STREAM) as sock:
            sock.settimeout(self.patience)
            try:
                sock.connect((self.address, self.port))
                self._connected = self._elapsed()
                what = self._ask_all(sock)
            except TimeoutError as error:
                what = TIMED_OUT if error.errno is None else name_of(error)
            except OSError as error:
                what = name_of(error)
            except EOFError:
                what = END_OF_FILE
            except h11.RemoteProtocolError as error:
                what = f"{BROKEN}: {str(error).partition(':')[0]}"
            return self._seen(what, sock)

    def _ask_all(self, sock: socket.socket) -> str:
        connection = h11.Connection(h11.CLIENT)
        requests: list[tuple[str, int, Fields]] = [
            ("GET", 0, []),
            ("POST", LARGE, []),
            ("POST", 1, [("Expect", "100-continue")]),
        ]
        for number, (method, size, fields) in enumerate(requests):
            if number:
                time.sleep(REST)
                connection.start_next_cycle()
            asked, self._before = time.monotonic(), self._received
            self._replies.append(self._ask(sock, connection, method, size, fields))
            self._answers.append(time.monotonic() - asked)
            if self._elapsed() > ENOUGH or connection.our_state is not h11.DONE:
                break
        self._step = Step.DONE
        return ANSWERED

    def _ask(self, sock: socket.socket, connection: h11.Connection, method: str, size: int, fields: Fields) -> str:
        """One request; what was answered, in words."""
        self._step = Step.SEND
        headers = [("Host", "simnet"), ("Accept-Encoding", "gzip"), *fields]
        headers += [("Content-Length", str(size))] if size else []
        sock.sendall(connection.send(h11.Request(method=method, target="/", headers=headers)) or b"")
        said, reply = self._wait_for_leave(sock, connection) if fields else ([], None)
        self._step = Step.SEND
        for at in range(0, size, 1 << 16):
            sock.sendall(connection.send(h11.Data(data=bytes(min(1 << 16, size - at)))) or b"")
        sock.sendall(connection.send(h11.EndOfMessage()) or b"")
        return self._hear(sock, connection, said, reply)

    def _wait_for_leave(self, sock: socket.socket, connection: h11.Connection) -> tuple[list[str], h11.Response | None]:
        """Until 100 has come, or the reply itself, or patience is over."""
        sock.settimeout(LEAVE)
        try:
            while connection.client_is_waiting_for_100_continue:
                event = connection.next_event()
                if isinstance(event, h11.Response):
                    return [], event
                if event is h11.NEED_DATA:
                    self._read(sock, connection)
        except TimeoutError:
            return ["no 100"], None
        finally:
            sock.settimeout(self.patience)
        return [], None

    def _hear(self, sock: socket.socket, connection: h11.Connection, said: list[str], event: h11.Response | None) -> str:
        body, gzip = b"", False
        heard: object = event or connection.next_event()
        while not isinstance(heard, h11.EndOfMessage):
            if isinstance(heard, h11.InformationalResponse):
                said.append(str(heard.status_code))
            elif isinstance(heard, h11.Response):
                said.append(_status(heard))
                gzip = (b"content-encoding", b"gzip") in list(heard.headers)
            elif isinstance(heard, h11.Data):
                body += heard.data
            else:
                self._read(sock, connection)
            heard = connection.next_event()
        return ", then ".join(said) + (_of_gzip(body) if gzip else "")

    def _read(self, sock: socket.socket, connection: h11.Connection) -> None:
        self._step = Step.RECV
        data = sock.recv(1 << 16)
        if not data and self._received == self._before:
            raise EOFError
        self._reads += 1
        self._received += len(data)
        connection.receive_data(data)

    def _seen(self, what: str, sock: socket.socket) -> Seen:
        try:
            info = tcp_info(sock)
            beneath = info.unacked, info.total_retransmits
        except OSError:
            beneath = 0, 0
        answers, replies = tuple(self._answers), tuple(self._replies)
        counts = self._received, self._reads
        return Seen(what, self._step, self._elapsed(), self._connected, answers, *counts, *beneath, replies=replies)

    def _elapsed(self) -> float:
        return time.monotonic() - self._began


def _status(reply: h11.Response) -> str:
    """The status, with where to go and when to come back."""
    fields = {name.decode(): value.decode() for name, value in reply.headers}
    more = [
        f"{word} {fields[name]}" for name, word in (("location", "to"), ("retry-after", "Retry-After")) if name in fields
    ]
    return " ".join([str(reply.status_code), *more])


def _of_gzip(body: bytes) -> str:
    unpack = zlib.decompressobj(wbits=31)
    unpack.decompress(body)
    return "" if unpack.eof else " (its gzip breaks off)"
