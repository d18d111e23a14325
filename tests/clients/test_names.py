"""Real clients of every resolver there is, unmodified, meet names that fail: each says its own error for it.

One isolated run starts them all side by side; every one of them asks the scenario's resolver at port 53. What is not
installed is skipped by name.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

import simnet
from simnet.faults.contract import Lever
from simnet.trace.events import Applied, Outside, Queried
from simnet.world.kernel.levers import probe
from tests.clients.asking import ASKERS
from tests.clients.retrying import go_has_compiled

NEEDED = (probe(Lever.NETWORK_NAMESPACE), probe(Lever.MOUNT_NAMESPACE))
pytestmark = pytest.mark.skipif(
    not all(each.available for each in NEEDED), reason="; ".join(each.why for each in NEEDED if not each.available)
)

ADDRESS: Final = "127.94.6.1"
TEXT: Final = f"""
simnet: 1
services:
  api: {{at: "{ADDRESS}:80", speaks: http}}
client: {{lookup_timeout: 1s, lookup_attempts: 1}}
names:
  api.test: api
  gone.test: nxdomain
  broken.test: servfail
  silent.test: dns_timeout
  six.test: {{fault: ipv6_first, to: api, required: false}}
"""

NAMES: Final = ("api.test", "gone.test", "broken.test", "silent.test")
AGAIN: Final = "Temporary failure in name resolution"
UNKNOWN: Final = "Name or service not known"

SAID: Final = {
    "getent": [f"{ADDRESS} api.test 0", "2", "2", "2"],
    "Python": [ADDRESS, f"{socket.EAI_NONAME} {UNKNOWN}", f"{socket.EAI_AGAIN} {AGAIN}", f"{socket.EAI_AGAIN} {AGAIN}"],
    "curl": ["0", *(f"curl: (6) Could not resolve host: {name} 6" for name in NAMES[1:])],
    "Node": [ADDRESS, *(f"getaddrinfo {code} {name}" for code, name in zip(
        ("ENOTFOUND", "EAI_AGAIN", "EAI_AGAIN"), NAMES[1:], strict=True
    ))],
    "Go, netgo": [
        ADDRESS, "no such host true false false", "server misbehaving false false true", "i/o timeout false true true"
    ],
    "Go, cgo": [ADDRESS, "no such host true false false", f"{AGAIN} false false true", f"{AGAIN} false false true"],
    "Java": [ADDRESS, UNKNOWN, AGAIN, AGAIN],
}  # fmt: skip
"""What each says of the four names. glibc has one word for SERVFAIL and for silence (EAI_AGAIN); getent and
curl do not tell the three apart at all. Go adds whether the name is not found, whether time was up, whether it may pass."""

FIRST: Final = """
import socket
family, _, _, _, address = socket.getaddrinfo("six.test", 80, type=socket.SOCK_STREAM)[0]
print(socket.socket(family).connect_ex(address), address[0])
"""

SIX: Final = {
    "Python, the first address": (
        [sys.executable, "-c", FIRST],
        "111 ::1",
    ),
    "Python, urllib": (
        [sys.executable, "-c", "import urllib.request as u; print(u.urlopen('http://six.test/').status)"],
        "200",
    ),
    "curl": (["curl", "-sS", "--noproxy", "*", "-o", "/dev/null", "-w", "%{http_code}", "http://six.test/"], "200"),
    "Node, one family": (
        ["node", "--no-network-family-autoselection", "-e",
         "fetch('http://six.test/').catch(error => console.log(error.cause.code, error.cause.address))"],
        "ECONNREFUSED ::1",
    ),
    "Node": (["node", "-e", "fetch('http://six.test/').then(reply => console.log(reply.status))"], "200"),
}  # fmt: skip
"""Who falls into the trap, and who tries the next address."""

SIDE_BY_SIDE: Final = """
import json, subprocess, sys
started = {
    name: subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for name, command in json.loads(sys.argv[1]).items()
}
print(json.dumps({name: each.communicate()[0].strip() for name, each in started.items()}))
"""


@dataclass(frozen=True, slots=True)
class Visit:
    """What became of the run: what each client said, and the trace."""

    said: dict[str, str]
    trace: simnet.Trace


def missing(client: str) -> str:
    """What the client lacks here; "" if nothing."""
    needs = ASKERS[client].needs if client in ASKERS else (SIX[client][0][0],)
    lacking = next((name for name in needs if shutil.which(name) is None), "")
    if not lacking and "go" in needs and not go_has_compiled("net", cgo="cc" in needs):
        return "a Go that has compiled its library"
    return lacking


def run(folder: Path, commands: dict[str, Sequence[str]]) -> Visit:
    """Start the commands side by side in one isolated run."""
    (folder / "names.yaml").write_text(TEXT, "utf-8")
    program = [sys.executable, "-c", SIDE_BY_SIDE, json.dumps(commands)]
    command = [sys.executable, "-m", "simnet", "run", "--isolated", "--trace", "run.jsonl", "names.yaml", "--", *program]
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=90, check=False, cwd=folder, env=environment,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return Visit(json.loads(ran.stdout), simnet.Trace.loads((folder / "run.jsonl").read_text("utf-8")))


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Visit:
    """Every client that is installed, made ready side by side in a folder of its own, and run."""
    folder = tmp_path_factory.mktemp("names")
    with ThreadPoolExecutor() as pool:
        ready = {
            name: pool.submit(asker.prepare, tmp_path_factory.mktemp("asker"))
            for name, asker in ASKERS.items()
            if not missing(name)
        }
    commands = {name: [*made.result(), *NAMES] for name, made in ready.items()}
    trapped = {f"six: {name}": command for name, (command, _) in SIX.items() if not missing(name)}
    return run(folder, {**commands, **trapped})


@pytest.mark.parametrize("client", ASKERS)
def test_it_says_its_own_error(client: str, visit: Visit) -> None:
    """A name that resolves, NXDOMAIN, SERVFAIL, and a resolver that never answers."""
    if lacking := missing(client):
        pytest.skip(f"{lacking} is not installed")
    said = dict(line.split(" ", 1) for line in visit.said[client].splitlines())
    assert said == dict(zip(NAMES, SAID[client], strict=True))


@pytest.mark.skipif(not os.path.exists("/proc/net/if_inet6"), reason="this kernel has no IPv6")
@pytest.mark.parametrize("client", SIX)
def test_the_trap_of_the_first_address(client: str, visit: Visit) -> None:
    """Where ::1 comes first and nobody listens there, whoever tries one address alone is refused."""
    if lacking := missing(client):
        pytest.skip(f"{lacking} is not installed")
    assert visit.said[f"six: {client}"] == SIX[client][1]


def test_every_query_is_in_the_trace(visit: Visit) -> None:
    """Each client has asked the scenario's resolver for each name, the faults are proven there, and nobody left."""
    asked = Counter(event.name for event in visit.trace.of(Queried))
    clients = sum(not missing(name) for name in ASKERS)
    assert {name: count for name, count in asked.items() if name in NAMES and count < clients} == {}
    assert {"nxdomain", "servfail", "dns_timeout"} <= {proof.kind for proof in visit.trace.of(Applied)}
    assert visit.trace.of(Outside) == ()
