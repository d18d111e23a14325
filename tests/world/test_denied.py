"""Faults at the system call: the true errno, by attempt, for programs that are supervised; and nobody else."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

import simnet
from simnet.trace.events import Applied, Attempt, AttemptOver, Failed
from simnet.world.kernel.options import limit_ports

if TYPE_CHECKING:
    from tests.world.conftest import Client, MakeNet

DIAL = """
import errno, socket, sys
for attempt in range(4):
    try:
        sock = socket.socket()
        sock.connect((sys.argv[1], int(sys.argv[2])))
        print("served", end=" ")
        sock.close()
    except OSError as error:
        print(errno.errorcode[error.errno], end=" ")
"""

BIND = """
import errno, socket, sys
for attempt in range(4):
    sock = socket.socket()
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((sys.argv[3] if len(sys.argv) > 3 else sys.argv[1], int(sys.argv[2])))
        sock.listen()
        print("bound", end=" ")
    except OSError as error:
        print(errno.errorcode[error.errno], end=" ")
    sock.close()
"""

HOLD_ALL = """
import errno, socket, sys
held = []
for attempt in range(5):
    sock = socket.socket()
    try:
        sock.connect((sys.argv[1], int(sys.argv[2])))
        print("served", end=" ")
        held.append(sock)
    except OSError as error:
        print(errno.errorcode[error.errno], end=" ")
"""


def run(net: simnet.World, code: str, *more: str) -> list[str]:
    """What the supervised program printed, in words."""
    api = net["api"]
    program = [sys.executable, "-I", "-S", "-c", code, api.address, str(api.port), *more]
    with net.supervising() as supervision:
        command = supervision.command(program, net.plan.open_files)
        with subprocess.Popen(command, pass_fds=supervision.pass_fds, stdout=subprocess.PIPE, text=True) as running:
            supervision.started()
            said, _ = running.communicate(timeout=60)
    return said.split()


@pytest.mark.parametrize(
    ("fault", "errno"),
    [
        (simnet.client_fd_exhausted, "EMFILE"),
        (simnet.ports_exhausted, "EADDRNOTAVAIL"),
        (simnet.unreachable, "ENETUNREACH"),
        (simnet.connect_times_out, "ETIMEDOUT"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_exactly_the_planned_attempts_are_denied(
    one_service: MakeNet, fault: Callable[..., simnet.Fault], errno: str
) -> None:
    """Attempts 1 and 3 fail with the errno from the call itself, 2 and 4 are served, and the trace says all of it."""
    with one_service(fault(when={"attempts": "1,3"})) as net:
        assert run(net, DIAL) == [errno, "served", errno, "served"]
    assert [proof.target for proof in net.trace.of(Applied)] == ["attempt 1", "attempt 3"]
    assert {proof.evidence["errno"] for proof in net.trace.of(Applied)} == {errno}
    assert all("not by a packet" in str(proof.evidence["delivered"]) for proof in net.trace.of(Applied))
    assert [attempt.counted for attempt in net.trace.of(Attempt)] == ["by notifier"] * 4
    assert [over.outcome for over in net.trace.of(AttemptOver)] == ["denied", "denied"]
    simnet.verify(net)


def test_an_unreachable_host_is_another_errno(one_service: MakeNet) -> None:
    """`what: host` is EHOSTUNREACH."""
    with one_service(simnet.unreachable(what="host", when={"attempts": 1})) as net:
        assert run(net, DIAL)[0] == "EHOSTUNREACH"


def test_denied_and_refused_attempts_follow_each_other(one_service: MakeNet) -> None:
    """Faults at the system call and at the door share one count of attempts."""
    with one_service(simnet.connect_times_out(when={"attempts": 1}), simnet.refuse(when={"attempts": "2-3"})) as net:
        assert run(net, DIAL) == ["ETIMEDOUT", "ECONNREFUSED", "ECONNREFUSED", "served"]
    simnet.verify(net)


def test_a_client_that_is_not_supervised_is_let_in_and_the_fault_failed(
    one_service: MakeNet, client: type[Client]
) -> None:
    """What cannot be delivered is not pretended: the client gets in, and the run fails with the reason."""
    with one_service(simnet.unreachable(when={"attempts": 1})) as net:
        assert client().meet(net["api"]).received == b"hello, world\n"
    (failed,) = net.trace.of(Failed)
    assert "simnet run FILE -- CMD" in failed.why
    with pytest.raises(simnet.ExpectationError, match="unreachable"):
        simnet.verify(net)


@pytest.mark.parametrize("wildcard", [(), ("",)], ids=["its address", "the wildcard"])
def test_a_bind_is_numbered_too(one_service: MakeNet, wildcard: tuple[str, ...]) -> None:
    """`port_taken` of attempts 1-2 makes the first two binds fail with the kernel's own EADDRINUSE, and no more."""
    with one_service(simnet.port_taken(when={"attempts": "1-2"}), at=":7191") as net:
        assert run(net, BIND, *wildcard) == ["EADDRINUSE", "EADDRINUSE", "bound", "bound"]
    assert [(proof.target, proof.evidence["errno"]) for proof in net.trace.of(Applied)] == [
        ("bind 1", "EADDRINUSE"),
        ("bind 2", "EADDRINUSE"),
    ]
    simnet.verify(net)


def test_a_later_bind_can_be_the_one_that_fails(one_service: MakeNet) -> None:
    """`port_taken` of attempt 2 lets the program have the address first, and takes it before the next try."""
    with one_service(simnet.port_taken(when={"attempts": 2})) as net:
        assert run(net, BIND) == ["bound", "EADDRINUSE", "bound", "bound"]
    simnet.verify(net)


def test_the_program_has_as_many_ports_as_the_scenario_gives_it() -> None:
    """With `client: {ports: 2}` the third connection that is held at a time fails in the kernel: EADDRNOTAVAIL."""
    with socket.socket() as sock:
        try:
            limit_ports(sock, range(39999, 40001))
        except OSError:
            pytest.skip("IP_LOCAL_PORT_RANGE needs Linux 6.3")
    text = "simnet: 1\nservices: {api: {faults: [{fault: refuse, when: {attempts: 100}}]}}\nclient: {ports: 2}\n"
    with simnet.network(text) as net:
        assert run(net, HOLD_ALL) == ["served", "served", *["EADDRNOTAVAIL"] * 3]
