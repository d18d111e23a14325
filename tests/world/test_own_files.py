"""Names that only the program under test has: every resolver finds them, and nobody else does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.errors import MachineError
from simnet.faults.contract import Lever
from simnet.world.kernel.levers import probe
from simnet.world.kernel.namespaces import isolated, with_own_files
from simnet.world.own_files import own_files
from tests.clients.retrying import go_has_compiled

RESULT = probe(Lever.MOUNT_NAMESPACE)
needs_namespaces = pytest.mark.skipif(not RESULT.available, reason=RESULT.why)

NAME: Final = "payments.simnet.test"
ADDRESS: Final = "127.93.7.1"

PYTHON: Final = f"import socket; print(socket.getaddrinfo('{NAME}', 80, type=socket.SOCK_STREAM)[0][4][0])"
NODE: Final = f"require('dns').lookup('{NAME}', (error, address) => console.log(error || address))"
JAVA: Final = f"""
public class Lookup {{
    public static void main(String[] none) throws Exception {{
        System.out.println(java.net.InetAddress.getByName("{NAME}").getHostAddress());
    }}
}}
"""
GO: Final = f"""
package main

import (
    "fmt"
    "net"
)

func main() {{
    found, err := net.LookupHost("{NAME}")
    fmt.Println(found, err)
}}
"""


def _go(folder: Path, cgo: str) -> list[str]:
    (folder / "lookup.go").write_text(GO, "utf-8")
    environment = {**os.environ, "CGO_ENABLED": cgo}
    subprocess.run(["go", "build", "-o", f"lookup{cgo}", "lookup.go"], cwd=folder, check=True, env=environment)
    return [str(folder / f"lookup{cgo}")]


def _java(folder: Path) -> list[str]:
    (folder / "Lookup.java").write_text(JAVA, "utf-8")
    subprocess.run(["javac", "Lookup.java"], cwd=folder, check=True)
    return ["java", "-XX:TieredStopAtLevel=1", "-cp", str(folder), "Lookup"]


LOOKUPS: Final[dict[str, tuple[str, Callable[[Path], Sequence[str]]]]] = {
    "getent": ("getent", lambda _: ["getent", "hosts", NAME]),
    "Python": (sys.executable, lambda _: [sys.executable, "-c", PYTHON]),
    "curl": ("curl", lambda _: ["curl", "-sv", "--noproxy", "*", "--max-time", "20", f"http://{NAME}:9/"]),
    "Node": ("node", lambda _: ["node", "-e", NODE]),
    "Go, static": ("go", lambda folder: _go(folder, "0")),
    "Go with cgo": ("go", lambda folder: _go(folder, "1")),
    "Java": ("javac", _java),
}


def look_up(net: simnet.World, prepare: Callable[[Path], Sequence[str]], folder: Path) -> str:
    """What the client says, with its names."""
    files = own_files({NAME: ADDRESS}, "127.93.7.53")
    with net.supervising(files=files) as supervision:
        command = supervision.command(prepare(folder), None)
        with subprocess.Popen(
            command, pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as program:
            supervision.started()
            return program.communicate(timeout=60)[0]


@pytest.fixture(scope="module")
def lookups(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Future[str]]:
    """All that are installed, looked up side by side."""
    with simnet.network("simnet: 1\nservices: {api: {}}\n") as net, ThreadPoolExecutor() as pool:
        return {
            client: pool.submit(look_up, net, prepare, tmp_path_factory.mktemp("lookup"))
            for client, (needs, prepare) in LOOKUPS.items()
            if shutil.which(needs) and (needs != "go" or go_has_compiled("net", cgo="static" not in client))
        }


@needs_namespaces
@pytest.mark.parametrize("client", LOOKUPS)
def test_the_name_is_found_by(client: str, lookups: dict[str, Future[str]]) -> None:
    """Each resolver reads the private files: glibc's, that of Node, of Go with and without glibc, and Java's."""
    if client not in lookups:
        pytest.skip(f"{LOOKUPS[client][0]} is not installed (or has not compiled its library)")
    assert ADDRESS in lookups[client].result()


@needs_namespaces
def test_nobody_else_has_the_names() -> None:
    """While a program has its own files everybody else reads the system's, and afterwards no mount is left."""
    before = Path("/etc/hosts").read_bytes(), Path("/proc/self/mounts").read_bytes()
    code = "print(open('/etc/hosts').readline(), open('/etc/resolv.conf').read(), sep='', flush=True); input()"
    with (
        simnet.network("simnet: 1\nservices: {api: {}}\n") as net,
        net.supervising(files=own_files({NAME: ADDRESS}, "127.93.7.53")) as supervision,
    ):
        command = supervision.command([sys.executable, "-I", "-S", "-c", code], None)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, pass_fds=supervision.pass_fds, stdin=pipe, stdout=pipe, text=True) as program:
            supervision.started()
            assert program.stdout is not None
            assert [program.stdout.readline() for _ in range(2)] == [f"{ADDRESS}\t{NAME}\n", "nameserver 127.93.7.53\n"]
            during = Path("/etc/hosts").read_bytes(), Path("/proc/self/mounts").read_bytes()
            program.communicate("\n", timeout=60)
    assert before == during == (Path("/etc/hosts").read_bytes(), Path("/proc/self/mounts").read_bytes())


@needs_namespaces
def test_who_he_is_stays() -> None:
    """The program has the user and group number of who runs it."""
    with (
        simnet.network("simnet: 1\nservices: {api: {}}\n") as net,
        net.supervising(files=own_files({NAME: ADDRESS})) as supervision,
    ):
        command = supervision.command(["sh", "-c", "id -u; id -g"], None)
        with subprocess.Popen(command, pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, text=True) as program:
            supervision.started()
            assert program.communicate(timeout=60)[0].split() == [str(os.getuid()), str(os.getgid())]


@needs_namespaces
def test_a_file_that_is_not_there_cannot_be_covered() -> None:
    """The program is not run with the wrong names: that it cannot have its own is an error that says why."""
    with (
        simnet.network("simnet: 1\nservices: {api: {}}\n") as net,
        net.supervising(files={"/etc/no/such/file": ""}) as supervision,
    ):
        command = supervision.command(["echo", "started"], None)
        with subprocess.Popen(command, pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, text=True) as program:
            with pytest.raises(MachineError, match=r"mount /etc/no/such/file: ENOENT"):
                supervision.started()
            assert program.communicate(timeout=60)[0] == ""


ASKS: Final = """
import json, os, socket, subprocess, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as resolver:
    resolver.bind(("127.0.0.53", 53))
    resolver.settimeout(30)
    ours, theirs = socket.socketpair()
    asking = subprocess.Popen(json.loads(sys.argv[1]), pass_fds=[int(sys.argv[2])], stdin=theirs)
    query, client = resolver.recvfrom(512)
    name, rest = b"", query[12:]
    while rest[0]:
        name, rest = name + rest[1:rest[0] + 1] + b".", rest[rest[0] + 1:]
    print(name.decode())
    asking.kill()
    asking.wait()
"""


@needs_namespaces
def test_the_resolver_is_asked_at_port_53() -> None:
    """In a network of its own a program asks the resolver of its resolv.conf for what /etc/hosts does not have."""
    files = own_files({NAME: ADDRESS}, "127.0.0.53")
    memory = os.memfd_create("files")
    with open(memory, "wb") as file:
        file.write(json.dumps(dict(files)).encode())
        file.flush()
        os.lseek(memory, 0, os.SEEK_SET)
        asking = with_own_files(0, memory, ["getent", "ahosts", "other.simnet.test"])
        command = isolated([sys.executable, "-I", "-S", "-c", ASKS, json.dumps(asking), str(memory)])
        ran = subprocess.run(command, pass_fds=[memory], capture_output=True, text=True, timeout=60, check=False)
    assert ran.stdout.startswith("other.simnet.test."), ran.stderr


names = st.from_regex(r"[a-z]{1,8}(\.[a-z]{1,8}){0,2}", fullmatch=True)
addresses = st.integers(1, 254).map(lambda last: f"127.93.8.{last}")


@given(st.dictionaries(names, addresses, max_size=5))
@settings(max_examples=25, deadline=None)
def test_each_name_has_its_address_only(given_names: dict[str, str]) -> None:
    """In the hosts file every given name stands once, with its address, whatever the system's file says of it."""
    lines = [line.split() for line in own_files(given_names)["/etc/hosts"].splitlines()]
    for name, address in given_names.items():
        assert [line[0] for line in lines if name in map(str.lower, line[1:])] == [address]


def test_the_systems_own_names_stay() -> None:
    """What the system's hosts file says of other names is kept."""
    before = {name for line in Path("/etc/hosts").read_text().splitlines() for name in line.partition("#")[0].split()[1:]}
    after = {name for line in own_files({NAME: ADDRESS})["/etc/hosts"].splitlines() for name in line.split()[1:]}
    assert after == before | {NAME}
