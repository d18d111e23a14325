"""Who dials another port of a service's address makes no attempt at the service, and is not mistaken for one who does."""

from __future__ import annotations

import contextlib
import inspect
import json
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio.testing import MockClock

import simnet
from simnet.trace.events import Attempt
from simnet.world.neighbours import REMEMBERED, Neighbours, dialled, listen_to_neighbours

TEXT = "simnet: 1\nservices: {api: {%sfaults: [{fault: refuse, when: {attempts: 1-3}}]}}\n"


def dial(address: str, ports: Sequence[int]) -> list[int]:
    """Connect to one after the other, blocking; what came of it."""
    found = []
    for port in ports:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as sock:
            found.append(sock.connect_ex((address, port)))
    return found


def dial_supervised(net: simnet.World, address: str, ports: Sequence[int]) -> list[int]:
    """The same, by a program that is supervised."""
    code = f"import json, socket\n{inspect.getsource(dial)}\nprint(json.dumps(dial({address!r}, {list(ports)})))"
    with net.supervising() as supervision:
        command = supervision.command([sys.executable, "-I", "-S", "-c", f"Sequence = list\n{code}"], None)
        pipe = subprocess.PIPE
        with subprocess.Popen(command, pass_fds=supervision.pass_fds, stdout=pipe, text=True) as program:
            supervision.started()
            said, _ = program.communicate(timeout=60)
    return [int(number) for number in json.loads(said)]


@contextlib.contextmanager
def shut_port(address: str) -> Iterator[int]:
    """A port there that is held, and where nobody listens."""
    with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET) as shut:
        shut.bind((address, 0))
        yield shut.getsockname()[1]


@pytest.mark.parametrize("place", ["", "at: '[::1]', "], ids=["leased", "everybody's"])
@pytest.mark.parametrize("supervised", [False, True], ids=["own process", "supervised"])
def test_a_refusal_by_a_neighbour_is_no_attempt(place: str, *, supervised: bool) -> None:
    """Five blocking connects to a shut port of the address, then five to the service: exactly three of these are refused."""
    with simnet.network(TEXT % place) as net, shut_port(address := net["api"].address) as shut:
        ports = [shut] * 5 + [net["api"].port] * 5
        found = dial_supervised(net, address, ports) if supervised else dial(address, ports)
    assert found == [111] * 5 + [111] * 3 + [0] * 2
    assert [attempt.number for attempt in net.trace.of(Attempt)] == [1, 2, 3, 4, 5]
    simnet.verify(net)


def test_a_refusal_by_a_neighbour_is_no_attempt_in_virtual_time() -> None:
    """The model forgets the port as Linux does (a simulated client never blocks in connect(2), a bare socket does)."""

    async def dial_slowly() -> list[int]:
        found = []
        async with simnet.open_world(TEXT % "", network="virtual") as net:
            api = net["api"]
            for port in [api.port + 1] * 5 + [api.port] * 5:
                with net._net.socket(socket.AF_INET) as sock:
                    found.append(sock.connect_ex((api.address, port)))
                await trio.sleep(0.01)
            assert api.attempts == 5
        return found

    assert trio.run(dial_slowly, clock=MockClock(autojump_threshold=0)) == [111] * 8 + [0] * 2


def test_a_service_that_stays_down_is_a_neighbour_too() -> None:
    """A port that is yet to be taken refuses everybody, and counts nobody: nor does the service beside it."""
    taken = (
        "simnet: 1\nservices:\n  api: {at: '127.60.0.1:7001', faults: [{fault: port_taken, when: {during: 600s..}}]}\n"
    )
    beside = "  beside: {at: '127.60.0.1:7002', faults: [{fault: refuse, when: {attempts: 1-3}}]}\n"
    with simnet.network(taken + beside) as net:
        found = dial("127.60.0.1", [7001] * 5 + [7002] * 5)
    assert found == [111] * 8 + [0] * 2
    assert [attempt.number for attempt in net.trace.of(Attempt, "beside")] == [1, 2, 3, 4, 5]


class Service:
    """A gate, as far as neighbours are concerned."""

    def __init__(self, *, takes_all_alike: bool) -> None:
        self.takes_all_alike = takes_all_alike


def test_of_many_sockets_the_latest_are_known() -> None:
    """A program that dials its database all day does not fill the memory, and those who may yet die are known."""
    neighbours = Neighbours({("127.0.0.1", 80): Service(takes_all_alike=False)})
    for cookie in range(5 * REMEMBERED):
        neighbours.dialled(("127.0.0.1", 81), lambda cookie=cookie: cookie)  # type: ignore[misc]
    known = [cookie for cookie in range(5 * REMEMBERED) if neighbours.died(cookie)]
    assert known[-REMEMBERED:] == list(range(4 * REMEMBERED, 5 * REMEMBERED))
    assert len(known) <= 2 * REMEMBERED


def test_who_dials_a_service_is_not_remembered() -> None:
    """Neither one that counts attempts nor, alone at its address, one that takes all alike."""
    services = {("127.0.0.1", 80): Service(takes_all_alike=False), ("127.0.0.2", 80): Service(takes_all_alike=True)}
    neighbours = Neighbours(services)
    for number, remote in enumerate(services):
        neighbours.dialled(remote, lambda number=number: number)  # type: ignore[misc]
        assert not neighbours.died(number)


@given(st.lists(st.tuples(st.integers(1, 5), st.booleans())))
def test_a_socket_has_dialled_a_neighbour_until_it_dies(events: list[tuple[int, bool]]) -> None:
    """Whatever the order of dialling and dying: it is said once, of those who had dialled since they last died."""
    neighbours = Neighbours({("::1", 80): Service(takes_all_alike=False)})
    expected: set[int] = set()
    for cookie, dials in events:
        if dials:
            neighbours.dialled(("::1", 90), lambda cookie=cookie: cookie)  # type: ignore[misc]
            expected.add(cookie)
        else:
            assert neighbours.died(cookie) is (cookie in expected)
            expected.discard(cookie)


def test_a_socket_that_is_gone_is_told_to_nobody() -> None:
    """Whoever announces may find that the client has closed its socket meanwhile."""
    told: list[int] = []

    def gone() -> int:
        raise OSError(9, "closed")

    with listen_to_neighbours("127.60.0.9", lambda _, cookie: told.append(cookie())):
        dialled(("127.60.0.9", 1), gone)
        dialled(("127.60.0.9", 2), lambda: 7)
    dialled(("127.60.0.9", 2), lambda: 8)
    assert told == [7]


FORKS = """
import os
from simnet.world.neighbours import dialled, listen_to_neighbours
told = []
with listen_to_neighbours("127.93.8.1", lambda remote, cookie: told.append(remote)):
    child = os.fork()
    dialled(("127.93.8.1", 7398), lambda: 1)
    if child == 0:
        os._exit(len(told))
    print(len(told), os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_forked_child_tells_no_world_of_its_parent() -> None:
    """A connect that the child makes is told to nobody, one of the parent's to its world."""
    command = [sys.executable, "-c", FORKS]
    assert subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout == "1 0\n"
