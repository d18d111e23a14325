"""TLS of blocking code, and contexts that read their certificates when somebody needs them.

Law: the protocol is OpenSSL's, with memory between it and the socket, since it would otherwise read a descriptor itself;
errors are those of `ssl.SSLSocket`. A context is never shared between clients that would each have had their own.
"""

from __future__ import annotations

import os
import ssl
import sys
from collections.abc import Callable
from typing import Any, Final, TypeVar

from typing_extensions import override

from simnet.simulation.scene import scene_here
from simnet.simulation.sockets import BlockingSocket
from simnet.world.virtual.refusal import not_modelled

__all__ = ["EncryptedSocket", "LateContext", "create_default_context", "wrap_socket"]

T = TypeVar("T")

PIECE: Final = 65_536

real_wrap_socket: Final = ssl.SSLContext.wrap_socket
real_create_default_context: Final = ssl.create_default_context


class EncryptedSocket(BlockingSocket):
    """What `ssl.SSLContext.wrap_socket` returns: it owns the connection of the socket that was given."""

    def __init__(self, context: ssl.SSLContext, sock: BlockingSocket, *, ragged: bool, **options: Any) -> None:
        patience = sock.gettimeout()
        super().__init__(raw=sock.give_up())
        self.settimeout(patience)
        self.context = context
        self._ragged = ragged
        self._arriving, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._arriving, self._leaving, **options)

    def do_handshake(self, block: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - as ssl.SSLSocket
        """See `ssl.SSLSocket`."""
        self._go_on(self._tls.do_handshake, "The handshake operation timed out")

    @override
    def recv(self, size: int = 1024, flags: int = 0, /) -> bytes:
        if flags:
            raise ValueError("non-zero flags not allowed in calls to recv() on an encrypted socket")
        data: bytes = self.read(size)
        return data

    def read(self, size: int = 1024) -> Any:
        """See `ssl.SSLSocket`."""
        try:
            return self._go_on(lambda: self._tls.read(size), "The read operation timed out")
        except ssl.SSLEOFError:
            if self._ragged:
                return b""
            raise
        except ssl.SSLZeroReturnError:
            return b""

    @override
    def send(self, data: Any, flags: int = 0, /) -> int:
        return self._go_on(lambda: self._tls.write(data), "The write operation timed out")

    write = send

    @override
    def sendall(self, data: Any, flags: int = 0, /) -> None:
        with memoryview(data).cast("B") as view:
            sent = 0
            while sent < len(view):
                sent += self.send(view[sent : sent + PIECE])

    def unwrap(self) -> Any:
        """See `ssl.SSLSocket`."""
        self._go_on(self._tls.unwrap, "The read operation timed out")
        return self

    def pending(self) -> int:
        """See `ssl.SSLSocket`."""
        return self._tls.pending()

    def __getattr__(self, name: str) -> Any:
        """`getpeercert`, `version`, `cipher`, `selected_alpn_protocol` ..."""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self._tls, name)

    def _go_on(self, call: Callable[[], T], late: str) -> T:
        """Call it until it wants nothing more, and carry what OpenSSL says and hears."""
        while True:
            wants = False
            result: Any = None
            try:
                result = call()
            except ssl.SSLWantReadError:
                wants = True
            finally:
                self._say(late)
            if not wants:
                return result  # type: ignore[no-any-return]
            self._hear(late)

    def _say(self, late: str) -> None:
        while data := self._leaving.read(PIECE):
            try:
                BlockingSocket.sendall(self, data)
            except TimeoutError:
                raise TimeoutError(late) from None

    def _hear(self, late: str) -> None:
        try:
            data = BlockingSocket.recv(self, PIECE)
        except TimeoutError:
            raise TimeoutError(late) from None
        if data:
            self._arriving.write(data)
        else:
            self._arriving.write_eof()


class LateContext(ssl.SSLContext):
    """Like any other, but files of certificates are read when they are needed: a client of plain HTTP makes a context and
    never uses it, and reading all authorities takes 25 ms."""

    _late: list[Callable[[], None]]

    @override
    def load_verify_locations(self, cafile: Any = None, capath: Any = None, cadata: Any = None) -> None:
        if cadata is not None or not all(os.path.exists(place) for place in (cafile, capath) if place is not None):
            super().load_verify_locations(cafile, capath, cadata)
        else:
            self._postpone(lambda: super(LateContext, self).load_verify_locations(cafile, capath))

    @override
    def load_default_certs(self, purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH) -> None:
        self._postpone(lambda: super(LateContext, self).load_default_certs(purpose))

    @override
    def wrap_bio(self, *args: Any, **options: Any) -> ssl.SSLObject:
        self._catch_up()
        return super().wrap_bio(*args, **options)

    @override
    def wrap_socket(self, *args: Any, **options: Any) -> ssl.SSLSocket:
        self._catch_up()
        return super().wrap_socket(*args, **options)

    @override
    def cert_store_stats(self) -> dict[str, int]:
        self._catch_up()
        return super().cert_store_stats()

    @override
    def get_ca_certs(self, *args: Any, **options: Any) -> Any:
        self._catch_up()
        return super().get_ca_certs(*args, **options)

    def _postpone(self, load: Callable[[], None]) -> None:
        self.__dict__.setdefault("_late", []).append(load)

    def _catch_up(self) -> None:
        for load in self.__dict__.pop("_late", []):
            load()


def create_default_context(
    purpose: ssl.Purpose = ssl.Purpose.SERVER_AUTH, *, cafile: Any = None, capath: Any = None, cadata: Any = None
) -> ssl.SSLContext:
    """`ssl.create_default_context` (Lib/ssl.py), with a `LateContext` for clients."""
    if scene_here() is None or purpose is not ssl.Purpose.SERVER_AUTH or "SSLKEYLOGFILE" in os.environ:
        return real_create_default_context(purpose, cafile=cafile, capath=capath, cadata=cadata)
    context = LateContext(ssl.PROTOCOL_TLS_CLIENT)
    if sys.version_info >= (3, 13):
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    if cafile or capath or cadata:
        context.load_verify_locations(cafile, capath, cadata)
    else:
        context.load_default_certs(purpose)
    return context


def wrap_socket(  # noqa: PLR0913, PLR0917 - as in ssl
    context: ssl.SSLContext,
    sock: Any,
    server_side: bool = False,  # noqa: FBT001, FBT002 - as in ssl
    do_handshake_on_connect: bool = True,  # noqa: FBT001, FBT002
    suppress_ragged_eofs: bool = True,  # noqa: FBT001, FBT002
    server_hostname: Any = None,
    session: Any = None,
) -> Any:
    """`ssl.SSLContext.wrap_socket`."""
    if not isinstance(sock, BlockingSocket):
        return real_wrap_socket(
            context, sock, server_side, do_handshake_on_connect, suppress_ragged_eofs, server_hostname, session
        )
    if isinstance(sock, EncryptedSocket):
        raise not_modelled("TLS inside of TLS")
    options = {"server_side": server_side, "server_hostname": server_hostname, "session": session}
    wrapped = EncryptedSocket(context, sock, ragged=suppress_ragged_eofs, **options)
    if do_handshake_on_connect:
        try:
            wrapped.do_handshake()
        except (OSError, ValueError):
            wrapped.close()
            raise
    return wrapped
