"""The world's CA as a file, for programs that are to trust it.

Law: the files are private to the user, lie in a folder of their own, and are gone when the world is, whatever way it
ends: who was killed by SIGKILL leaves them, and the next world that needs such files, of any process, takes them away.
A lock on the folder (flock(2)), which the kernel gives back with the process, tells whether anybody lives there.

A memfd would leave nothing at all, but its path, /proc/PID/fd/N, may be opened by those alone who may trace us
(PTRACE_MODE_READ, proc(5)): not by a program in a user namespace of its own, as one with names of its own is, nor by one
that runs as another user. An unlinked file has no path but that one.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simnet.world.tls.certificates import client_identity, world_ca

__all__ = ["Trust", "trust_on_disk"]

READ_BY_TLS_LIBRARIES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS")
"""Environment variables that name a file of CAs: of OpenSSL (and Go, Ruby, Python's ssl), requests, curl, Node.js."""

PREFIX = "simnet-ca-"
CA = "ca.pem"
"""The first file in the folder: it is written while the folder is locked, so where it is and no lock, nobody lives."""


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
    _take_away_what_was_left()
    with tempfile.TemporaryDirectory(prefix=PREFIX) as folder, _opened(Path(folder)) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        trust = Trust(Path(folder, CA), Path(folder, "client.pem"))
        trust.ca.write_bytes(world_ca().cert_pem.bytes())
        trust.client.touch(0o600)
        trust.client.write_bytes(client_identity())
        yield trust


def _take_away_what_was_left() -> None:
    """Remove the folders of ours whose world has died. What is somebody else's, or being made, stays."""
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):  # in use (EWOULDBLOCK), another user's, or gone by now
            if folder.lstat().st_uid == os.geteuid():
                _remove_if_dead(folder)


def _remove_if_dead(folder: Path) -> None:
    with _opened(folder) as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if (folder / CA).exists():
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def _opened(folder: Path) -> Iterator[int]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        yield descriptor
    finally:
        os.close(descriptor)
