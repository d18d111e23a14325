"""The plain client says what its kernel told it: here of bare sockets, with no simnet behind them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from simnet.fronts.plain_client import PlainClient, Step

Peer = Callable[[socket.socket], None]


@contextlib.contextmanager
def served_by(peer: Peer) -> Iterator[tuple[str, int]]:
    """A listener whose first connection is given to `peer`, in a thread, and then closed."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                peer(connection)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listener.getsockname()
        finally:
            thread.join(30)


def test_answers() -> None:
    """It counts whole answers and how long each took."""

    def echo(connection: socket.socket) -> None:
        while data := connection.recv(64):
            connection.sendall(data)

    with served_by(echo) as address:
        seen = PlainClient(*address, rounds=3).ask()
    assert (seen.what, seen.step, len(seen.answers), seen.received) == ("answered", Step.DONE, 3, 60)
    assert str(seen).startswith("3 answers")


def test_end_of_file() -> None:
    """A FIN in the midst of an answer is an end of file, after so many bytes."""

    def cut(connection: socket.socket) -> None:
        connection.recv(64)
        connection.sendall(b"short")

    with served_by(cut) as address:
        seen = PlainClient(*address).ask()
    assert (seen.what, seen.received, str(seen)) == ("end of file", 5, "5 B, then end of file")


def test_reset() -> None:
    """A RST is ECONNRESET."""

    def abort(connection: socket.socket) -> None:
        connection.recv(64)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    with served_by(abort) as address:
        seen = PlainClient(*address).ask()
    assert (seen.what, seen.step) == ("ECONNRESET", Step.RECV)


def test_silence() -> None:
    """Where nothing comes its patience ends, and it tells that what it sent was acknowledged all the same."""
    over = threading.Event()

    def say_nothing(_: socket.socket) -> None:
        over.wait(30)

    with served_by(say_nothing) as address:
        seen = PlainClient(*address, patience=0.2).ask()
        over.set()
    assert (seen.what, seen.step, seen.unacknowledged) == ("timed out", Step.RECV, 0)
    assert str(seen) == "recv() timed out, still acknowledged"


def test_nobody_listens() -> None:
    """A port where nobody listens refuses."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        seen = PlainClient(*bound.getsockname()).ask()
    assert str(seen) == "ECONNREFUSED from connect()"


@pytest.mark.parametrize(("held", "what"), [(True, "EADDRINUSE"), (False, "bound")])
def test_taking_an_address(what: str, *, held: bool) -> None:
    """As a server it tells whether the address can be had."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = listener.getsockname()
        if not held:
            listener.close()
        assert PlainClient(*address).take().what == what


@pytest.mark.parametrize(("known", "what"), [(True, "answered"), (False, "unable to get local issuer certificate")])
def test_tls(tmp_path: Path, what: str, *, known: bool) -> None:
    """With a CA it speaks TLS, and says what its library finds wrong with a certificate that is of another."""
    ca, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert("127.0.0.1").configure_cert(context)
    trusted = ca if known else trustme.CA()
    trusted.cert_pem.write_to_path(str(tmp_path / "ca.pem"))

    def echo(connection: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(connection, server_side=True) as secure:
            while data := secure.recv(64):
                secure.sendall(data)

    with served_by(echo) as address:
        seen = PlainClient(*address, rounds=2, ca=tmp_path / "ca.pem").ask()
    assert (seen.what, seen.step) == (what, Step.DONE if known else Step.HANDSHAKE)
