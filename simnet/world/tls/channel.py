"""TLS on a line: plain bytes on the side of the service, records on the side of the kernel.

Law: it does what a server with OpenSSL does, no more: memory in between (ssl.MemoryBIO), every byte of it through the
line. Two tasks may use it, one that reads and one that writes; records leave in the order in which they were made.
"""

from __future__ import annotations

import contextlib
import re
import ssl
from collections.abc import Awaitable, Callable

import trio

from simnet.services.contract import ClientNonsense
from simnet.world.line import PIECE, Line

__all__ = ["Channel", "alert_of"]

FIN_FOLLOWS = 0.01
"""Seconds for the FIN behind a close_notify: most clients send both at once, and an answer in between would draw a RST."""

Write = Callable[[bytes], Awaitable[None]]


class Channel:
    """The server's end of TLS on `line`; nothing is said before `shake`."""

    def __init__(self, line: Line, context: ssl.SSLContext) -> None:
        self._line = line
        self._arrived, self._leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._arrived, self._leaving, server_side=True)
        self._turn = trio.Lock()

    def feed(self, data: bytes) -> None:
        """Take in bytes that were read from the line; b"" is the client's FIN."""
        if data:
            self._arrived.write(data)
        else:
            self._arrived.write_eof()

    async def shake(self, write: Write) -> None:
        """Do the handshake; what we say in it leaves by `write`. Raises `ssl.SSLError`, our alert having left."""
        while True:
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush(write)
                self.feed(await self._line.read())
            except ssl.SSLError:
                await self._flush(write)
                raise
            else:
                await self._flush(write)
                return

    def agreed(self) -> dict[str, str]:
        """Version, cipher and application protocol ("" if none) of the finished handshake."""
        cipher = self._tls.cipher()
        alpn = self._tls.selected_alpn_protocol() or ""
        return {"version": self._tls.version() or "", "cipher": cipher[0] if cipher else "", "alpn": alpn}

    async def read(self, most: int = PIECE) -> bytes:
        """The next plain bytes, b"" after the client's close_notify or FIN. Raises as `Line.read`, and `ClientNonsense`."""
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                await self._flush(self._line.write)
                self.feed(await self._line.read())
            except ssl.SSLZeroReturnError:
                with trio.move_on_after(FIN_FOLLOWS):
                    await self._line.read()
                return b""
            except ssl.SSLError as error:
                if self._line.ended:  # its FIN without close_notify: many a client closes so
                    return b""
                with contextlib.suppress(ssl.SSLError):
                    await self._flush(self._line.write)
                said = alert_of(error)
                raise ClientNonsense(f"it sent the alert {said}" if said else f"TLS: {_reason(error)}") from error

    async def write(self, data: bytes) -> None:
        """Send plain bytes, in records of their own; returns when the kernel has them. Raises as `Line.write`."""
        if data and not self._line.is_half_closed:
            self._tls.write(data)
            await self._flush(self._line.write)

    def close_notify(self) -> bytes:
        """The record that says that nothing follows (RFC 8446 section 6.1)."""
        with contextlib.suppress(ssl.SSLError):  # it would wait for the client's, which nobody needs
            self._tls.unwrap()
        return self._leaving.read()

    async def _flush(self, write: Write) -> None:
        async with self._turn:
            if data := self._leaving.read():
                await write(data)


def alert_of(error: ssl.SSLError) -> str:
    """The name of the alert that the client sent, by OpenSSL's reason for the error; "" if it sent none."""
    found = re.search(r"(?:SSLV3|TLSV1|TLSV13)_ALERT_(\w+)", error.reason or "")
    return found[1].lower() if found else ""


def _reason(error: ssl.SSLError) -> str:
    return (error.reason or str(error)).replace("_", " ").lower()
