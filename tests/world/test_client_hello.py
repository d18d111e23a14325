"""The ClientHello, read from bytes alone: what real clients send, in any pieces, and everything else there is."""

from __future__ import annotations

import contextlib
import ssl
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simnet.world.tls.hello import ClientHello, NoClientHelloError, alert_in, client_hello
from simnet.world.tls.old import CIPHERS, server_hello


def flight(
    name: str | None = "api.test", alpn: tuple[str, ...] = (), *, least: str = "TLSv1_2", most: str = "TLSv1_3"
) -> bytes:
    """The first bytes of a client of this machine's OpenSSL."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.minimum_version, context.maximum_version = ssl.TLSVersion[least], ssl.TLSVersion[most]
    if alpn:
        context.set_alpn_protocols(list(alpn))
    leaving = ssl.MemoryBIO()
    client = context.wrap_bio(ssl.MemoryBIO(), leaving, server_hostname=name)
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    return leaving.read()


def in_records(message: bytes, size: int) -> bytes:
    """The same message in records of `size` bytes (RFC 8446 section 5.1)."""
    pieces = [message[at : at + size] for at in range(0, len(message), size)]
    return b"".join(b"\x16\x03\x01" + len(piece).to_bytes(2, "big") + piece for piece in pieces)


WHOLE = flight(alpn=("h2", "http/1.1"))


def test_what_openssl_offers_is_read() -> None:
    """Versions, server name and application protocols, the best first."""
    hello = client_hello(WHOLE)
    assert hello is not None
    assert (hello.versions, hello.server_name, hello.alpn) == (("TLSv1.3", "TLSv1.2"), "api.test", ("h2", "http/1.1"))
    assert hello.ciphers


@pytest.mark.parametrize(
    ("least", "most", "versions"), [("TLSv1_2", "TLSv1_2", ("TLSv1.2",)), ("TLSv1_3", "TLSv1_3", ("TLSv1.3",))]
)
def test_the_versions_are_those_that_the_client_would_take(least: str, most: str, versions: tuple[str, ...]) -> None:
    """By the extension supported_versions, or by the old field of a client that knows no such thing."""
    hello = client_hello(flight(least=least, most=most))
    assert hello is not None
    assert hello.versions == versions


def test_a_client_may_name_nobody() -> None:
    """Without the extensions there is no name and no protocol."""
    hello = client_hello(flight(None))
    assert hello is not None
    assert (hello.server_name, hello.alpn) == ("", ())


@given(st.integers(0, len(WHOLE) - 1))
@settings(max_examples=60, deadline=None)
def test_a_part_is_waited_for(count: int) -> None:
    """As long as a byte is missing nothing is concluded."""
    assert client_hello(WHOLE[:count]) is None


@given(size=st.integers(1, len(WHOLE)), behind=st.binary(max_size=20))
@settings(max_examples=60, deadline=None)
def test_records_may_be_of_any_size(size: int, behind: bytes) -> None:
    """The message is the same in however many records it comes, and what follows it is not looked at."""
    assert client_hello(in_records(WHOLE[5:], size) + behind) == client_hello(WHOLE)


@given(st.binary(max_size=400) | st.binary(max_size=200).map(lambda rest: WHOLE[:11] + rest))
@settings(max_examples=300, deadline=None)
def test_anything_else_is_none_or_waited_for(data: bytes) -> None:
    """Random bytes are no ClientHello, or the beginning of one; nothing else is ever raised."""
    with contextlib.suppress(NoClientHelloError):
        found = client_hello(data)
        assert found is None or isinstance(found, ClientHello)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"GET / HTTP/1.1\r\n\r\n", "not one of a TLS handshake"),
        (b"\x80\x2e\x01\x00\x02", "not one of a TLS handshake"),
        (b"\x16\x03\x01\x00\x00", "a record of 0 bytes"),
        (b"\x16\x03\x01\xff\xff", "a record of 65535 bytes"),
        (in_records(b"\x02\x00\x00\x00", 9), "not a ClientHello"),
        (in_records(b"\x01\xff\xff\xff", 9), "a ClientHello of 16777215 bytes"),
        (in_records(b"\x01\x00\x00\x02\x03\x03", 9), "do not fit"),
    ],
)
def test_it_says_why_it_is_none(data: bytes, why: str) -> None:
    """HTTP, SSL 2, other messages, and lengths that cannot be."""
    with pytest.raises(NoClientHelloError, match=why):
        client_hello(data)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"\x15\x03\x03\x00\x02\x02\x46", "protocol_version"),
        (b"\x15\x03\x01\x00\x02\x02\x2d", "certificate_expired"),
        (b"\x15\x03\x01\x00\x02\x02\xfe", "alert 254"),
        (b"\x15\x03\x03\x00\x13" + bytes(19), ""),  # encrypted
        (b"\x15\x03\x01\x00\x02\x02", ""),
        (b"", ""),
    ],
)
def test_alerts_have_names(data: bytes, name: str) -> None:
    """Those of RFC 8446 section 6; a number that is none is said; what is encrypted or cut off says nothing."""
    assert alert_in(data) == name


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_old_server_hello_is_one(version: str) -> None:
    """OpenSSL reads it as a ServerHello of that version, and chooses a cipher of those that the client offers."""
    hello = ClientHello(ciphers=(0x1301, 0x002F))
    record = server_hello(version, hello, Random(1))
    assert record[:3] == bytes([22, 3, int(version[-1]) + 1])
    assert record[-3:-1] == b"\x00\x2f"
    assert server_hello(version, ClientHello(), Random(1))[-3:-1] == CIPHERS[0].to_bytes(2, "big")
    arrived, leaving = ssl.MemoryBIO(), ssl.MemoryBIO()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # Python's own default, which Debian's has not
    client = context.wrap_bio(arrived, leaving, server_hostname="api.test")
    with pytest.raises(ssl.SSLWantReadError):
        client.do_handshake()
    leaving.read()
    arrived.write(server_hello(version, ClientHello(ciphers=(0x00FF, 0x002F)), Random(1)))
    with pytest.raises(ssl.SSLError, match="UNSUPPORTED_PROTOCOL"):
        client.do_handshake()
    assert alert_in(leaving.read()) == "protocol_version"
