"""The plain HTTP client says what it met: here of bare sockets, with no simnet behind them."""

from __future__ import annotations

import contextlib
import socket
import threading
import zlib
from collections.abc import Callable, Iterator

import pytest

from simnet.fronts.plain_client import Step
from simnet.fronts.plain_http_client import LARGE, PlainHttpClient

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Reader:
    """Reads requests off a connection, one after the other, whole."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._read = b""

    def head(self) -> bytes:
        """Up to the empty line."""
        while b"\r\n\r\n" not in self._read:
            self._more()
        head, _, self._read = self._read.partition(b"\r\n\r\n")
        return head

    def body(self, size: int) -> None:
        """So many bytes."""
        while len(self._read) < size:
            self._more()
        self._read = self._read[size:]

    def _more(self) -> None:
        data = self.connection.recv(1 << 16)
        assert data, "the client has left too early"
        self._read += data


@contextlib.contextmanager
def served_by(peer: Callable[[Reader], None]) -> Iterator[tuple[str, int]]:
    """A listener whose first connection is given to `peer`, in a thread, and then closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                peer(Reader(connection))

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            thread.join(30)


def test_it_sends_a_get_a_large_post_and_one_that_asks_for_leave() -> None:
    """On one connection, and it tells of what came before each reply."""
    heads: list[bytes] = []

    def serve(reader: Reader) -> None:
        for size in (0, LARGE, 1):
            heads.append(reader.head())
            if b"Expect: 100-continue" in heads[-1]:
                reader.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            reader.body(size)
            reader.connection.sendall(OK)

    with served_by(serve) as address:
        seen = PlainHttpClient(*address).ask()
    assert [head.split(b" ")[0] for head in heads] == [b"GET", b"POST", b"POST"]
    assert (seen.what, seen.step, seen.replies) == ("answered", Step.DONE, ("200", "200", "200"))
    assert str(seen).startswith("200 ×3, ")


def one(reply: bytes) -> Callable[[Reader], None]:
    """A peer that answers the first request with these bytes."""

    def serve(reader: Reader) -> None:
        reader.head()
        reader.connection.sendall(reply)

    return serve


GZIP = zlib.compressobj(wbits=31)
BROKEN_GZIP = (GZIP.compress(b"hello") + GZIP.flush())[:10]


@pytest.mark.parametrize(
    ("reply", "what", "said"),
    [
        (b"", "end of file", "end of file, no answer"),
        (OK[:-1], "broken HTTP: peer closed connection without sending complete message body", "39 B, then broken HTTP"),
        (b"\x80\x81\r\n\r\n", "broken HTTP: illegal status line", "6 B, then broken HTTP: illegal status line"),
        (b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "answered", "302 to /b, "),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", "answered", "503 Retry-After 3, "),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), "answered", "103, then 200, "),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 10\r\nConnection: close\r\n\r\n" + BROKEN_GZIP,
            "answered",
            "200 (its gzip breaks off), ",
        ),
    ],
    ids=["nothing", "short", "garbage", "redirect", "busy", "hint", "gzip"],
)  # fmt: skip
def test_what_it_makes_of_a_reply(reply: bytes, what: str, said: str) -> None:
    """Statuses with what matters of their header; of what is no HTTP what its library says."""
    with served_by(one(reply)) as address:
        seen = PlainHttpClient(*address).ask()
    assert seen.what == what
    assert str(seen).startswith(said)


def test_silence() -> None:
    """Where nothing comes its patience ends."""
    over = threading.Event()

    def say_nothing(_: Reader) -> None:
        over.wait(30)

    with served_by(say_nothing) as address:
        seen = PlainHttpClient(*address, patience=0.2).ask()
        over.set()
    assert (seen.what, seen.step, seen.replies) == ("timed out", Step.RECV, ())
