"""The ServerHello of a server that knows TLS 1.0 or 1.1 and nothing later (RFC 2246, RFC 4346, section 7.4.1.3).

Law: these bytes are what such a server sends first, and all that a client of today needs to refuse it. simnet does not
speak these versions (RFC 8996 forbids them, and OpenSSL of many systems cannot any more): a client that takes the
offer waits for a certificate in vain and gets a FIN.
"""

from __future__ import annotations

from random import Random

from simnet.world.tls.hello import HANDSHAKE, ClientHello

__all__ = ["server_hello"]

SERVER_HELLO = 2
MINOR = {"1.0": 1, "1.1": 2}
CIPHERS = (0xC014, 0xC013, 0xC00A, 0xC009, 0x0035, 0x002F)
"""Those with AES and CBC that both versions have (RFC 8422, RFC 3268), the best first."""

RENEGOTIATION_SCSV = 0x00FF
RENEGOTIATION_INFO = bytes.fromhex("0005 ff01 0001 00")
"""The extensions of an answer to a client that says the former, as every patched server gives it (RFC 5746, section 3.6): without
it OpenSSL complains of that before it looks at the version."""


def server_hello(version: str, hello: ClientHello, draw: Random) -> bytes:
    """The record with a ServerHello in answer to `hello`, with a cipher that the client offers, if there is one."""
    cipher = next((cipher for cipher in CIPHERS if cipher in hello.ciphers), CIPHERS[0])
    body = bytes([3, MINOR[version]]) + draw.randbytes(32) + b"\0" + cipher.to_bytes(2, "big") + b"\0"
    body += RENEGOTIATION_INFO if RENEGOTIATION_SCSV in hello.ciphers else b""
    message = bytes([SERVER_HELLO]) + len(body).to_bytes(3, "big") + body
    return bytes([HANDSHAKE, 3, MINOR[version]]) + len(message).to_bytes(2, "big") + message
