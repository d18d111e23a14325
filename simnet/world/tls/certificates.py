"""The certificates of a world: its CA, what each service presents, and what a fault has it present instead.

Law: keys live in memory and end with the process; what has to be a file (a CA for clients) is made by `trust.py`. One
process has one CA, made when the first service asks for it, so that fifty worlds cost no more than one.
"""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import ssl
import tempfile
import threading
from pathlib import Path
from typing import assert_never

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from simnet.services.contract import Tls
from simnet.verdicts.tls import Flaw, Present

__all__ = ["Identity", "client_identity", "world_ca"]

ORGANIZATION = "simnet for tests on loopback"
ELSEWHERE = "another-host.invalid"
"""The name in a certificate of another host, where the scenario has no other (RFC 6761 section 6.4)."""

LIFE = dt.timedelta(days=90)
"""How long a certificate is valid that is valid: what public CAs give today."""


_making = threading.Lock()


@functools.cache
def _made() -> trustme.CA:
    return trustme.CA(organization_name=ORGANIZATION)


def world_ca() -> trustme.CA:
    """The CA of every world in this process, of elliptic curves: made in milliseconds. From any thread."""
    with _making:  # a cache alone would give two threads that come at once a CA each
        return _made()


@functools.cache
def client_identity() -> bytes:
    """PEM of a key and a certificate for clients, of the world's CA."""
    return world_ca().issue_cert("client.simnet.invalid", common_name="client").private_key_and_cert_chain_pem.bytes()


class Identity:
    """What one service presents, for the length of a world; `address` is where it is."""

    def __init__(self, tls: Tls, address: str) -> None:
        self._tls = tls
        self.names = (address, "localhost", *tls.names)

    @functools.cached_property
    def context(self) -> ssl.SSLContext:
        """For handshakes in which nothing is wrong."""
        context = self._context()
        world_ca().issue_cert(*self.names).configure_cert(context)
        return context

    def flawed(self, wanted: Present) -> tuple[ssl.SSLContext, dict[str, str]]:
        """For a handshake with a certificate that has a flaw; and what the certificate says, as evidence."""
        key_and_chain = self._issue(wanted)
        context = self._context()
        _load(context, key_and_chain)
        return context, _says(key_and_chain, _TELLING[wanted.flaw])

    def _issue(self, wanted: Present) -> bytes:
        now, past = dt.datetime.now(dt.UTC), dt.timedelta(seconds=wanted.seconds)
        match wanted.flaw:
            case Flaw.EXPIRED:
                leaf = world_ca().issue_cert(*self.names, not_before=now - past - LIFE, not_after=now - past)
            case Flaw.NOT_YET_VALID:
                leaf = world_ca().issue_cert(*self.names, not_before=now + past, not_after=now + past + LIFE)
            case Flaw.WRONG_HOST:
                leaf = world_ca().issue_cert(wanted.host or ELSEWHERE)
            case Flaw.UNKNOWN_CA:
                leaf = trustme.CA(organization_name="a CA that nobody knows").issue_cert(*self.names)
            case Flaw.SELF_SIGNED:
                return _self_signed(self.names)
            case never:
                assert_never(never)
        return leaf.private_key_and_cert_chain_pem.bytes()

    def _context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        versions = sorted(self._tls.versions)
        context.minimum_version, context.maximum_version = _VERSIONS[versions[0]], _VERSIONS[versions[-1]]
        # No tickets: a client that closes without having read them would send RST for its FIN (RFC 2525 section 2.17).
        context.num_tickets = 0
        if self._tls.alpn:
            context.set_alpn_protocols(self._tls.alpn)
        if self._tls.client_certificate is not None:
            world_ca().configure_trust(context)
            required = self._tls.client_certificate == "required"
            context.verify_mode = ssl.CERT_REQUIRED if required else ssl.CERT_OPTIONAL
        return context


_VERSIONS = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}


def _self_signed(names: tuple[str, ...]) -> bytes:
    """Key and certificate of a server that has signed for itself: trustme has no such thing."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.ORGANIZATION_NAME, ORGANIZATION)])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + LIFE)
        .add_extension(x509.SubjectAlternativeName([_named(each) for each in names]), critical=False)
        .sign(key, hashes.SHA256())
    )
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(pem, form, plain) + made.public_bytes(pem)


def _named(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _load(context: ssl.SSLContext, key_and_chain: bytes) -> None:
    """The ssl module reads keys from files only: one that nobody else can read and that is gone at once."""
    with tempfile.TemporaryDirectory(prefix="simnet-") as folder:
        file = Path(folder, "key.pem")
        file.write_bytes(key_and_chain)
        context.load_cert_chain(file)


_TELLING = {
    Flaw.EXPIRED: "valid_until",
    Flaw.NOT_YET_VALID: "valid_from",
    Flaw.SELF_SIGNED: "issuer",
    Flaw.UNKNOWN_CA: "issuer",
    Flaw.WRONG_HOST: "names",
}
"""Where in the certificate each flaw is."""


def _says(key_and_chain: bytes, first: str) -> dict[str, str]:
    """What the certificate says; the flaw comes first."""
    certificate = x509.load_pem_x509_certificates(key_and_chain)[0]
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    hosts = [str(name.value) for name in names]
    said = {
        "valid_from": f"{certificate.not_valid_before_utc:%Y-%m-%d %H:%M:%SZ}",
        "valid_until": f"{certificate.not_valid_after_utc:%Y-%m-%d %H:%M:%SZ}",
        "names": " ".join(hosts),
        "issuer": certificate.issuer.rfc4514_string(),
    }
    return {first: said[first], **said}
