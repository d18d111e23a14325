"""The ClientHello: what a client asks for before anything is agreed (RFC 8446 section 4.1.2, RFC 5246 section 7.4.1.2).

Law: bytes in, frozen value out, whatever the bytes are: what is no ClientHello is said to be none, and nothing of it is
believed. OpenSSL reads the same bytes and answers them; this is for the trace and for faults that strike before it.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass

__all__ = ["ClientHello", "NoClientHelloError", "alert_in", "client_hello"]

HANDSHAKE, ALERT, CLIENT_HELLO = 22, 21, 1
LARGEST_RECORD = 2**14
LARGEST_HELLO = 1 << 17
"""Bytes: far more than any client sends; whoever announces more is not waited for."""

SERVER_NAME, ALPN, SUPPORTED_VERSIONS = 0, 16, 43
"""Extensions: RFC 6066 section 3, RFC 7301 section 3.1, RFC 8446 section 4.2.1."""

VERSIONS = {0x0300: "SSLv3", 0x0301: "TLSv1", 0x0302: "TLSv1.1", 0x0303: "TLSv1.2", 0x0304: "TLSv1.3"}


class NoClientHelloError(Exception):
    """These bytes are not the beginning of a TLS handshake; the message says why."""


class _Short(Exception):
    """The bytes end before what they announce does."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What the client offers, the best first. `server_name` is "" where it names none (an address is never named)."""

    versions: tuple[str, ...] = ()
    ciphers: tuple[int, ...] = ()
    server_name: str = ""
    alpn: tuple[str, ...] = ()


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def __bool__(self) -> bool:
        return self._at < len(self._data)

    def take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise _Short
        self._at += count
        return found

    def number(self, size: int) -> int:
        return int.from_bytes(self.take(size), "big")

    def vector(self, size: int) -> _Reader:
        """What stands behind its own length, which is `size` bytes long (RFC 8446 section 3.4)."""
        return _Reader(self.take(self.number(size)))

    def rest(self) -> bytes:
        return self.take(len(self._data) - self._at)


def client_hello(data: bytes) -> ClientHello | None:
    """The ClientHello at the beginning of `data`; None if more is to come. Raises `NoClientHelloError`."""
    try:
        message = _first_message(_Reader(data))
    except _Short:
        return None
    try:
        return _hello(message)
    except _Short:
        raise NoClientHelloError("the lengths in the ClientHello do not fit") from None


def _first_message(records: _Reader) -> _Reader:
    """The body of the first handshake message, which may be spread over records (RFC 8446 section 5.1)."""
    found = b""
    while True:
        kind, major, _, length = records.number(1), records.number(1), records.number(1), records.number(2)
        if kind != HANDSHAKE or major != 3:
            raise NoClientHelloError("the first record is not one of a TLS handshake")
        if not 0 < length <= LARGEST_RECORD:
            raise NoClientHelloError(f"a record of {length} bytes is none")
        found += records.take(length)
        message = _Reader(found)
        if message.number(1) != CLIENT_HELLO:
            raise NoClientHelloError("the first message of the handshake is not a ClientHello")
        if len(found) < 4:
            continue
        size = message.number(3)
        if size > LARGEST_HELLO:
            raise NoClientHelloError(f"a ClientHello of {size} bytes is none")
        if len(found) >= size + 4:
            return _Reader(message.take(size))


def _hello(body: _Reader) -> ClientHello:
    legacy = body.number(2)
    body.take(32)  # random
    body.vector(1)  # legacy session id
    ciphers = _numbers(body.vector(2))
    body.vector(1)  # compression methods
    extensions: dict[int, _Reader] = {}
    while body:
        block = body.vector(2)
        while block:
            extensions.setdefault(block.number(2), block.vector(2))
    offered = extensions.get(SUPPORTED_VERSIONS)
    versions = (legacy,) if offered is None else _numbers(offered.vector(1))
    return ClientHello(
        versions=tuple(VERSIONS[version] for version in versions if version in VERSIONS),
        ciphers=ciphers,
        server_name=_server_name(extensions.get(SERVER_NAME)),
        alpn=_protocols(extensions.get(ALPN)),
    )


def _numbers(of_two_bytes: _Reader) -> tuple[int, ...]:
    found = []
    while of_two_bytes:
        found.append(of_two_bytes.number(2))
    return tuple(found)


def _server_name(extension: _Reader | None) -> str:
    if not extension:
        return ""
    entry = extension.vector(2)
    entry.number(1)  # host_name is the only type there is
    return entry.vector(2).rest().decode("ascii", "replace")


def _protocols(extension: _Reader | None) -> tuple[str, ...]:
    found, listed = [], extension.vector(2) if extension else _Reader(b"")
    while listed:
        found.append(listed.vector(1).rest().decode("ascii", "replace"))
    return tuple(found)


def alert_in(data: bytes) -> str:
    """The name of the first alert in `data`, if that begins with an alert that is not encrypted; "" otherwise."""
    if len(data) < 7 or data[0] != ALERT or data[1] != 3 or data[3:5] != b"\x00\x02":
        return ""
    try:
        name = ssl.AlertDescription(data[6]).name
    except ValueError:
        return f"alert {data[6]}"
    return name.removeprefix("ALERT_DESCRIPTION_").lower()
