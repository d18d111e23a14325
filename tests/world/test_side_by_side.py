"""Worlds beside each other: each has addresses of its own, and none hears of the others."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.trace.events import Attempt, Failed

if TYPE_CHECKING:
    from tests.world.conftest import Client

ONE_ON_8080 = """
simnet: 1
services:
  api: {at: ":8080", faults: [{fault: refuse, when: {attempts: 1}}]}
"""

WORLD = """
import socket, sys, simnet
with simnet.network(sys.argv[1]) as net:
    api = net["api"]
    print(api.addr, flush=True)
    for line in sys.stdin:
        try:
            socket.create_connection((api.address, api.port), timeout=30).close()
            print("served", flush=True)
        except ConnectionRefusedError:
            print("refused", flush=True)
simnet.verify(net)
print(net.trace.attempts(), flush=True)
"""


def test_fifty_worlds_on_port_8080_do_not_disturb_each_other(client: type[Client]) -> None:
    """Fifty worlds with a service on port 8080 each: every one refuses its own first attempt, and counts two."""
    with contextlib.ExitStack() as stack:
        nets = [stack.enter_context(simnet.network(ONE_ON_8080)) for _ in range(50)]
        assert {net["api"].port for net in nets} == {8080}
        assert len({net["api"].address for net in nets}) == 50
        for net in nets:
            assert client().meet(net["api"]).what == "ECONNREFUSED"
        for net in reversed(nets):
            assert client().meet(net["api"]).received == b"hello, world\n"
    for net in nets:
        assert len(net.trace.of(Attempt)) == 2
        assert not net.trace.of(Failed)
        simnet.verify(net)


def test_worlds_of_several_processes_do_not_disturb_each_other() -> None:
    """Six processes with a service on port 8080 each get addresses of their own and exact faults."""
    pipe = subprocess.PIPE
    with contextlib.ExitStack() as stack:
        start = [sys.executable, "-c", WORLD, ONE_ON_8080]
        worlds = [stack.enter_context(subprocess.Popen(start, stdin=pipe, stdout=pipe, text=True)) for _ in range(6)]
        addresses = {world.stdout.readline() for world in worlds if world.stdout}
        assert len(addresses) == 6
        for world in worlds:
            said, _ = world.communicate("go\n" * 3, timeout=60)
            assert said.split() == ["refused", "served", "served", "3"]


def test_an_address_that_somebody_holds_is_refused_with_the_holders_name() -> None:
    """Nothing is bound, and the message names the address, the errno and who has it."""
    with socket.socket() as holder:
        holder.bind(("127.93.2.1", 7207))
        holder.listen()
        text = "simnet: 1\nservices: {free: {at: 127.93.2.1:7206}, held: {at: 127.93.2.1:7207}}\n"
        said = r"127\.93\.2\.1:7207 .*EADDRINUSE.*pid"
        with pytest.raises(simnet.AddressInUseError, match=said) as refused, simnet.network(text):
            pytest.fail("it must not come up")
    assert "choose another port" in str(refused.value)
    with socket.socket() as sock:
        sock.bind(("127.93.2.1", 7206))


def test_the_same_addresses_serve_run_after_run(client: type[Client]) -> None:
    """Connections of an earlier run that linger in TIME_WAIT do not keep the next one from its address."""
    text = "simnet: 1\nservices: {api: {at: 127.93.2.2:7208, faults: [{fault: truncate, after: 5 B}]}}\n"
    for _ in range(3):
        with simnet.network(text) as net:
            assert client().meet(net["api"]).received == b"hello"


def test_the_environment_tells_the_program_under_test_where_everything_is() -> None:
    """SIMNET_<SERVICE>_HOST, _PORT, _ADDR and _URL name each service."""
    with simnet.network("simnet: 1\nservices: {my-api: {at: '127.93.2.3:7209'}}\n") as net:
        assert net.environment() == {
            "SIMNET_MY_API_HOST": "127.93.2.3",
            "SIMNET_MY_API_PORT": "7209",
            "SIMNET_MY_API_ADDR": "127.93.2.3:7209",
            "SIMNET_MY_API_URL": "tcp://127.93.2.3:7209",
        }
