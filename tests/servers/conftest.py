"""Real servers on addresses of their own, each started once for a module, as an ordinary user, in a temporary directory."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from simnet.world.lease import hold_lease

GUARD = 30.0
NOBODY = 65534
Place = tuple[str, int]


def program(name: str, *folders: str) -> str:
    """Where it is; skips, by its name, where it is not installed."""
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", *folders]))
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


def as_nobody(folder: Path) -> dict[str, Any]:
    """For subprocess: give up root where we are root (initdb refuses it), the folder given away with it."""
    if os.geteuid():
        return {}
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []}


@contextlib.contextmanager
def running(command: Sequence[str], folder: Path, place: Place) -> Iterator[Place]:
    """The server, from when it can be reached until the block is left."""
    who, log = as_nobody(folder), folder / "log"
    with log.open("wb") as out, subprocess.Popen(command, cwd=folder, stdout=out, stderr=out, **who) as server:
        try:
            until = time.monotonic() + GUARD
            while True:
                with contextlib.suppress(OSError), socket.create_connection(place, 1):
                    break
                assert server.poll() is None and time.monotonic() < until, log.read_text()
                time.sleep(0.02)
            yield place
        finally:
            server.terminate()
            try:
                server.wait(5)
            except subprocess.TimeoutExpired:
                server.kill()


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A directory that nobody can enter too (pytest's own lies below one of root's)."""
    with tempfile.TemporaryDirectory(prefix="simnet-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """An address of ours alone."""
    with hold_lease(1) as lease:
        yield next(lease.addresses())


@pytest.fixture(scope="module")
def redis_server(folder: Path, address: str) -> Iterator[Place]:
    """Redis, in memory only."""
    own = folder / "redis"
    own.mkdir()
    command = [program("redis-server"), "--bind", address, "--port", "7500", "--save", "", "--dir", str(own)]
    with running(command, own, (address, 7500)) as place:
        yield place


@pytest.fixture(scope="module")
def postgres_server(folder: Path, address: str) -> Iterator[Place]:
    """PostgreSQL with `trust`: who connects is believed."""
    places = [str(path) for path in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)]
    initdb, postgres = program("initdb", *places), program("postgres", *places)
    own = folder / "postgres"
    own.mkdir()
    data = own / "data"
    options = ["-U", "simnet", "-A", "trust", "-N", "-E", "UTF8", "--no-locale", "-D", str(data)]
    subprocess.run([initdb, *options], cwd=own, check=True, capture_output=True, timeout=GUARD, **as_nobody(own))
    sets = [f"unix_socket_directories={own}", "fsync=off", "autovacuum=off", "shared_buffers=16MB", f"listen_addresses={address}"]
    command = [postgres, "-D", str(data), "-p", "7501", *(word for each in sets for word in ("-c", each))]
    with running(command, own, (address, 7501)) as place:
        yield place


@pytest.fixture(scope="module")
def nginx_server(folder: Path, address: str) -> Iterator[Place]:
    """nginx with one file of 64 MiB and one of a line."""
    own = folder / "nginx"
    own.mkdir()
    (own / "small").write_bytes(b"hello from nginx\n")
    with (own / "large").open("wb") as large:
        for number in range(64):
            large.write(bytes([number]) * (1 << 20))
    (own / "conf").write_text(
        f"""daemon off; pid {own}/pid; error_log {own}/errors; worker_processes 1;
events {{}}
http {{ access_log off; client_body_temp_path {own}/a; proxy_temp_path {own}/b; fastcgi_temp_path {own}/c;
  uwsgi_temp_path {own}/d; scgi_temp_path {own}/e; sendfile on;
  server {{ listen {address}:7502; root {own}; }} }}
"""
    )
    with running([program("nginx"), "-p", str(own), "-e", str(own / "errors"), "-c", str(own / "conf")], own, (address, 7502)) as place:
        yield place
