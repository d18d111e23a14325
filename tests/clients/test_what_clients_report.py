"""Real, unmodified clients meet the faults: each reports the error that the kernel's errno implies.

One network with six failing services is visited by curl, by Python's requests and by Node's fetch, all side by side. What
is not installed is skipped by name.
"""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import pytest
import requests

import simnet
from simnet.trace.events import Applied

TEXT: Final = """
simnet: 1
services:
  refuse:       {speaks: http, faults: [{fault: refuse}]}
  drop_syn:     {speaks: http, faults: [{fault: drop_syn}]}
  reset:        {speaks: http, faults: [{fault: reset}]}
  truncate:     {http: {routes: [{body_size: 1 KiB}]}, faults: [{fault: truncate, after: 500 B}]}
  stall:        {speaks: http, faults: [{fault: stall, after: 0 B}]}
  fd_exhausted: {speaks: http, faults: [{fault: fd_exhausted}]}
"""
"""The RST comes with no byte before it: a Node that is late reads bytes and RST in one go and takes that for the end of
the stream (POLLHUP after a partial read, uv__stream_io in libuv's src/unix/stream.c)."""

PATIENCE: Final = 2
"""Seconds that the clients are given to wait; nothing but silence takes that long, on a machine under load neither."""

CURL: Final = {"refuse": 7, "drop_syn": 28, "reset": 56, "truncate": 18, "stall": 28, "fd_exhausted": 28}
"""libcurl-errors(3): could not connect, timed out, recv failed, partial file."""

NODE: Final = {
    "refuse": "ECONNREFUSED",
    "drop_syn": "TimeoutError",
    "reset": "ECONNRESET",
    "truncate": "UND_ERR_SOCKET",  # "other side closed": undici's word for a FIN before the end
    "stall": "TimeoutError",
    "fd_exhausted": "TimeoutError",
}

FETCH: Final = """
const patience = Number(process.argv[1]);
const visit = async ([kind, url]) => {
  try {
    const reply = await fetch(url, {signal: AbortSignal.timeout(patience * 1000)});
    await reply.text();
    return [kind, "answered"];
  } catch (error) {
    let deepest = error;
    while (deepest.cause) deepest = deepest.cause;
    return [kind, deepest.code && typeof deepest.code === "string" ? deepest.code : deepest.name];
  }
};
Promise.all(Object.entries(JSON.parse(process.argv[2])).map(visit))
  .then(found => console.log(JSON.stringify(Object.fromEntries(found))))
  .then(() => process.exit());  // undici goes on with the connect that was given up, for 10 s
"""


@pytest.fixture(scope="module")
def net() -> Iterator[simnet.World]:
    """The six services; at the end every fault must have been proven."""
    with simnet.network(TEXT) as world:
        yield world
    simnet.verify(world)
    assert {proof.service for proof in world.trace.of(Applied)} == set(CURL)


def run(*command: str) -> subprocess.CompletedProcess[str]:
    """Run a client to its end, with no proxy in its environment."""
    environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_curl_exits_with_the_status_that_its_manual_gives_for_it(net: simnet.World) -> None:
    """7 for a refusal, 28 for silence (of the SYN, of the reply, of a server without descriptors), 56 for a RST, 18 for a FIN."""

    def visit(kind: str) -> int:
        return run("curl", "-sS", "--noproxy", "*", "-o", os.devnull, "-m", str(PATIENCE), net[kind].url).returncode

    with ThreadPoolExecutor(len(CURL)) as pool:
        assert dict(zip(CURL, pool.map(visit, CURL), strict=True)) == CURL


def what_requests_says(url: str) -> str:
    """The errno that the deepest exception of requests carries, or the name of the outermost."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            return str(session.get(url, timeout=PATIENCE).status_code)
        except requests.RequestException as error:
            return _errno_in(error) or type(error).__name__


def _errno_in(error: BaseException) -> str:
    """The name of the first errno among an exception, its causes, contexts and arguments."""
    todo: list[BaseException] = [error]
    while todo:
        each = todo.pop(0)
        if isinstance(each, OSError) and isinstance(each.errno, int):
            return errno.errorcode[each.errno]
        inner = [each.__cause__, each.__context__, getattr(each, "reason", None), *each.args]
        todo += [one for one in inner if isinstance(one, BaseException)]
    return ""


def test_requests_raises_what_the_errno_implies(net: simnet.World) -> None:
    """ECONNREFUSED and ECONNRESET come out as such, silence as the time-out of its phase, a FIN as an incomplete read."""
    expected = {
        "refuse": "ECONNREFUSED",
        "drop_syn": "ConnectTimeout",
        "reset": "ECONNRESET",
        "truncate": "ChunkedEncodingError",
        "stall": "ReadTimeout",
        "fd_exhausted": "ReadTimeout",
    }
    with ThreadPoolExecutor(len(expected)) as pool:
        said = pool.map(lambda kind: what_requests_says(net[kind].url), expected)
        assert dict(zip(expected, said, strict=True)) == expected


@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed")
def test_nodes_fetch_rejects_with_the_code_that_the_errno_implies(net: simnet.World) -> None:
    """The deepest cause of the rejection has the code of the errno, or says that the time was up."""
    urls = json.dumps({kind: net[kind].url for kind in NODE})
    ran = run("node", "-e", FETCH, str(PATIENCE), urls)
    assert (json.loads(ran.stdout), ran.stderr) == (NODE, "")
