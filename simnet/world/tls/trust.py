"""The world's CA as a file, for programs that are to trust it.

Law: the files are private to the user, lie in a folder of their own, and are gone when the world is, whatever way it
ends (a SIGKILL leaves them: a CA whose key is gone with the process is of no use to anybody).
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simnet.world.tls.certificates import client_identity, world_ca

__all__ = ["Trust", "trust_on_disk"]

READ_BY_TLS_LIBRARIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Environment variables that name a file of CAs: of OpenSSL (and Go, Ruby, Python's ssl), requests, curl, Node.js."""


@dataclass(frozen=True, slots=True)
class Trust:
    """`ca`: the certificate of the world's CA; `client`: a key and a certificate for clients that are asked for one."""

    ca: Path
    client: Path

    def environment(self, *, everywhere: bool) -> dict[str, str]:
        """SIMNET_CA and SIMNET_CLIENT_CERT; `everywhere`: also what TLS libraries read by themselves."""
        libraries = dict.fromkeys(READ_BY_TLS_LIBRARIES, str(self.ca)) if everywhere else {}
        return {"SIMNET_CA": str(self.ca), "SIMNET_CLIENT_CERT": str(self.client), **libraries}


@contextlib.contextmanager
def trust_on_disk() -> Iterator[Trust]:
    """Write the files for the length of the block (PEM)."""
    with tempfile.TemporaryDirectory(prefix="simnet-") as folder:
        trust = Trust(Path(folder, "ca.pem"), Path(folder, "client.pem"))
        trust.ca.write_bytes(world_ca().cert_pem.bytes())
        trust.client.touch(0o600)
        trust.client.write_bytes(client_identity())
        yield trust
