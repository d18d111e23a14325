"""Refuse exactly two, serve the third: with every client that retries, by its own attempts, in exactly three."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

import pytest

import simnet
from simnet.trace.events import Applied, Attempt
from tests.clients.retrying import CLIENTS, go_has_compiled

ROUNDS: Final = 2
TEXT: Final = "simnet: 1\nservices:\n" + "".join(
    f"  s{number}: {{speaks: http, faults: [{{fault: refuse, when: {{attempts: 1-2}}}}]}}\n"
    for number in range(len(CLIENTS) * ROUNDS)
)
Said = subprocess.CompletedProcess[str]


def visit(net: simnet.World, name: str, services: list[str], folder: Path) -> list[Said]:
    """Make the client ready and run it once against each of the services, under supervision."""
    command, pipe, said = CLIENTS[name].prepare(folder), subprocess.PIPE, []
    for service in services:
        with net.supervising(service) as supervision:
            launched = supervision.command([*command, net[service].url], None)
            with subprocess.Popen(
                launched, pass_fds=supervision.pass_fds, stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
            ) as running:
                supervision.started()
                out, err = running.communicate(timeout=90)
            said.append(Said(launched, running.returncode, out, err))
    return said


@pytest.fixture(scope="module")
def visits(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[simnet.World, dict[str, Future[list[Said]]]]]:
    """Every client that is installed, on its way, all side by side."""
    with simnet.network(TEXT) as net, ThreadPoolExecutor(len(CLIENTS)) as pool:
        yield (
            net,
            {
                name: pool.submit(visit, net, name, _services(name), tmp_path_factory.mktemp("client"))
                for name, client in CLIENTS.items()
                if not client.missing and ("go" not in client.needs or go_has_compiled("net/http"))
            },
        )


def _services(name: str) -> list[str]:
    first = list(CLIENTS).index(name) * ROUNDS
    return [f"s{number}" for number in range(first, first + ROUNDS)]


@pytest.mark.parametrize("name", CLIENTS)
def test_exactly_two_are_refused(name: str, visits: tuple[simnet.World, dict[str, Future[list[Said]]]]) -> None:
    """The client gets its reply at its third attempt; the trace has three, of which two were refused, and proves both."""
    net, started = visits
    if name not in started:
        pytest.skip(f"{CLIENTS[name].missing or 'a Go that has compiled net/http'} is not installed")
    for service, said in zip(_services(name), started[name].result(), strict=True):
        assert (said.returncode, said.stdout) == (0, "hello from simnet\n"), said.stderr
        attempts = net.trace.of(Attempt, service)
        assert [(attempt.number, attempt.door, attempt.counted) for attempt in attempts] == [
            (1, "refuse", "by notifier"),
            (2, "refuse", "by notifier"),
            (3, "open", "by notifier"),
        ]
        assert [proof.evidence["errno"] for proof in net.trace.of(Applied, service)] == ["ECONNREFUSED"] * 2
