"""`simnet diagnose` names the right cause: in prepared situations on this machine, and in those that only values can show."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import trustme
from hypothesis import given
from hypothesis import strategies as st

import simnet
from simnet.fronts.diagnose import facts_of
from simnet.fronts.diagnosis.causes import Cause, Certainty, causes, headline
from simnet.fronts.diagnosis.dial import resolve
from simnet.fronts.diagnosis.facts import Dial, Facts, Held, Ranges
from simnet.fronts.diagnosis.nearby import one_slip
from simnet.world.kernel.options import set_min_ttl
from simnet.world.kernel.owners import Owner
from simnet.world.kernel.tcp_info import TcpState
from simnet.world.lease import hold_lease

PORT = 7411

Situation = Callable[[contextlib.ExitStack, str, str], str | None]
"""Prepares something at the first address (the second is free as well); says where to dial, if not at the first."""


@pytest.fixture
def leased() -> Iterator[tuple[str, str]]:
    """Two addresses that no other test has, and on which no connection of an earlier test lingers."""
    with hold_lease(1) as lease:
        addresses = lease.addresses()
        yield next(addresses), next(addresses)


def listener(address: str, port: int = PORT, backlog: int = 8) -> socket.socket:
    """A socket that listens and never accepts."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((address, port))
    sock.listen(backlog)
    return sock


def nobody(_stack: contextlib.ExitStack, _here: str, _there: str) -> None:
    """Nothing."""


def on_ipv6_only(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """The listener is on ::1."""
    stack.enter_context(listener("::1"))


def at_another_address(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """The listener is on another address of loopback."""
    stack.enter_context(listener(there))


def on_another_port(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """Two digits in the wrong order."""
    stack.enter_context(listener(here, 7141))


def bound_only(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """bind() without listen()."""
    sock = stack.enter_context(socket.socket())
    sock.bind((here, PORT))


def ended_just_now(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """A server that closed its last connection first, and ended."""
    with listener(here) as sock, socket.create_connection((here, PORT)) as client:
        accepted, _ = sock.accept()
        accepted.close()
        client.recv(1)


def udp_only(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """The port is bound, but by UDP: TCP knows nothing of it."""
    stack.enter_context(socket.socket(type=socket.SOCK_DGRAM)).bind((here, PORT))


def full_queue(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """A backlog of 0, and one who waits."""
    stack.enter_context(listener(here, backlog=0))
    stack.enter_context(socket.create_connection((here, PORT)))


def never_accepted(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """Room in the queue, and nobody who empties it."""
    stack.enter_context(listener(here))


def dropped(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """A listener that drops every SYN."""
    set_min_ttl(stack.enter_context(listener(here)), on=True)


STARVED = """
import os, resource, socket, sys
sock = socket.socket()
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind((sys.argv[1], int(sys.argv[2])))
sock.listen(8)
lowest = os.dup(0)
os.close(lowest)
resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, lowest))
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def program(address: str) -> Iterator[subprocess.Popen[str]]:
    """A server of its own process, which has said that it is ready."""
    command = [sys.executable, "-I", "-S", "-c", STARVED, address, str(PORT)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def starved(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """A server without a descriptor for its next connection."""
    stack.enter_context(program(here))


def stopped(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """A server that was sent SIGSTOP."""
    process = stack.enter_context(program(here))
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)


def by_simnet(fault: str, speaks: str = "http") -> Situation:
    """A service of simnet's own with that fault."""

    def up(stack: contextlib.ExitStack, _here: str, _there: str) -> str:
        text = f"simnet: 1\nservices: {{it: {{speaks: {speaks}, faults: [{fault}]}}}}\n"
        return stack.enter_context(simnet.network(text))["it"].addr

    return up


def tls(stack: contextlib.ExitStack, here: str, there: str) -> None:
    """A server that wants TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA(key_type=trustme.KeyType.ECDSA).issue_cert("localhost").configure_cert(context)
    sock = stack.enter_context(listener(here))

    def serve() -> None:
        for _ in range(2):  # it is asked in plain text first
            accepted, _ = sock.accept()
            with contextlib.suppress(OSError), accepted, context.wrap_socket(accepted, server_side=True):
                pass

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    stack.callback(thread.join)


SITUATIONS: list[tuple[Situation, str]] = [
    (nobody, "nobody_listens"),
    (on_ipv6_only, "ipv6_only"),
    (at_another_address, "other_address"),
    (on_another_port, "nobody_listens another_port"),
    (bound_only, "bound_not_listening"),
    (ended_just_now, "just_ended nobody_listens"),
    (udp_only, "nobody_listens"),
    (full_queue, "queue_full"),
    (never_accepted, "not_accepted"),
    (dropped, "dropped_by_ttl"),
    (starved, "out_of_descriptors"),
    (stopped, "stopped"),
    (tls, "wants_tls"),
    (by_simnet("{fault: close_at_accept}"), "closes_at_once"),
    (by_simnet("{fault: reset_at_accept}"), "resets"),
    (by_simnet("{fault: stall}"), "accepted_silent"),
    (by_simnet("{fault: refuse}"), "bound_not_listening"),
    (by_simnet("{fault: drop_syn}"), "dropped_by_ttl"),
    (by_simnet("{fault: fd_exhausted}"), "not_accepted or out_of_descriptors"),  # the latter while accept(2) is tried
    (by_simnet(""), "works"),
]


@pytest.mark.parametrize(
    ("situation", "names"), SITUATIONS, ids=[f"{number}-{names}" for number, (_, names) in enumerate(SITUATIONS)]
)
def test_the_right_cause_is_named_first(situation: Situation, names: str, leased: tuple[str, str]) -> None:
    """In each prepared situation the cause that was prepared comes first, as something seen."""
    if situation is on_ipv6_only and not socket.has_dualstack_ipv6():
        pytest.skip("this kernel has no IPv6")
    with contextlib.ExitStack() as stack:
        place = situation(stack, *leased) or f"{leased[0]}:{PORT}"
        found = causes(facts_of(place, 0.7))
    assert " ".join(cause.name for cause in found).startswith(tuple(names.split(" or "))), found
    assert found[0].certainty is Certainty.SEEN
    assert all(cause.says and cause.because for cause in found)


def test_a_process_is_named_where_we_may_know_it(leased: tuple[str, str]) -> None:
    """The program and its number are in the sentence, and the next command is about it."""
    here, _ = leased
    with program(here) as process:
        (cause, *_) = causes(facts_of(f"{here}:{PORT}", 0.7))
    assert f"(pid {process.pid})" in cause.says
    assert cause.try_next == f"ls -l /proc/{process.pid}/fd"


OWNER = Owner(4242, "java", "S", 12, 1024)
HELD = Held("0.0.0.0", 8080, TcpState.LISTEN, "alice", OWNER, 0, 50)


def facts(*dials: Dial, **more: Any) -> Facts:
    """Facts made up for a situation that a test cannot prepare."""
    return Facts("it:8080", 8080, dials, **more)


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (
            facts(Dial("::1", 8080, "ECONNREFUSED", 0), Dial("127.0.0.1", 8080, "connected", 0, "data")),
            "localhost_trap nobody_listens works",
        ),
        (facts(Dial("127.0.0.1", 8080, "EADDRNOTAVAIL", 0), outgoing=28_232), "ports_exhausted"),
        (facts(Dial("127.255.255.255", 8080, "ENETUNREACH", 0)), "unreachable"),
        (facts(Dial("127.0.0.1", 8080, "EMFILE", 0)), "client_out_of_descriptors"),
        (facts(Dial("127.0.0.1", 8080, "timed out", 1)), "dropped_by_filter"),
        (facts(Dial("127.0.0.1", 8080, "timed out", 1), listeners=(HELD,)), "dropped_by_filter"),
        (facts(Dial("127.0.0.1", 8080, "ECONNREFUSED", 0), listeners=(HELD,)), "refused_by_filter"),
        (facts(Dial("127.0.0.1", 8080, "ECONNREFUSED", 0), listeners=(replace(HELD, address="::1"),)), "ipv6_only"),
        (facts(Dial("::1", 8080, "ECONNREFUSED", 0), listeners=(HELD,)), "ipv4_only"),
        (facts(Dial("127.0.0.1", 8080, "EPERM", 0)), "unusual"),
        (facts(unresolved="Name or service not known"), "no_such_name"),
        (
            Facts("127.0.0.1:62893", 62893, (Dial("127.0.0.1", 62893, "ECONNREFUSED", 0),)),
            "nobody_listens ephemeral_port",
        ),
    ],
)
def test_what_cannot_be_prepared_is_concluded_from_values(found: Facts, name: str) -> None:
    """The conclusion is a function of the facts, so every situation can be tried."""
    assert " ".join(cause.name for cause in causes(found)) == name
    assert headline(found)


outcomes = st.sampled_from(
    ["connected", "ECONNREFUSED", "timed out", "ETIMEDOUT", "EADDRNOTAVAIL", "EPERM", "ENETUNREACH"]
)
addresses = st.sampled_from(["127.0.0.1", "127.0.0.2", "::1"])
dials = st.builds(
    Dial,
    addresses,
    st.just(8080),
    outcomes,
    st.floats(0, 2),
    st.sampled_from(["data", "FIN", "RST", "silence"]),
    st.binary(max_size=8),
    st.booleans(),
    st.none() | st.booleans(),
    st.integers(0, 3),
    st.integers(0, 3),
)
owned = st.builds(Owner, st.integers(2, 9), st.just("x"), st.sampled_from("RST"), st.integers(3, 9), st.integers(3, 9))
held = st.builds(
    Held,
    st.sampled_from(["127.0.0.1", "::1", "0.0.0.0", "::"]),
    st.sampled_from([8080, 8081]),
    st.sampled_from([TcpState.LISTEN, TcpState.BOUND_INACTIVE, TcpState.TIME_WAIT]),
    st.just("alice"),
    st.none() | owned,
    st.integers(0, 3),
    st.integers(0, 3),
)


@given(st.lists(dials, min_size=1, max_size=2), st.lists(held, max_size=3))
def test_there_is_always_a_cause_and_the_surest_comes_first(tried: list[Dial], around: list[Held]) -> None:
    """Whatever the machine shows, something is said, in order of certainty, and nothing twice."""
    listening = tuple(one for one in around if one.listens)
    found = causes(Facts("it:8080", 8080, tuple(tried), listening, tuple(set(around) - set(listening))))
    assert found
    order = [list(Certainty).index(cause.certainty) for cause in found]
    assert order == sorted(order)
    assert len({(cause.name, cause.says) for cause in found}) == len(found)


@given(st.integers(10, 65535), st.data())
def test_a_slip_of_the_fingers_is_recognised(port: int, data: st.DataObject) -> None:
    """One digit left out, added, changed, or two neighbours swapped is a slip, both ways; the number itself is none."""
    typed, at = str(port), data.draw(st.integers(0, len(str(port)) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    slips = {typed[:at] + typed[at + 1 :], typed[:at] + digit + typed[at:], typed[:at] + digit + typed[at + 1 :]}
    slips.add(typed[:at] + typed[at : at + 2][::-1] + typed[at + 2 :])
    for slip in slips - {typed}:
        assert one_slip(slip, typed)
        assert one_slip(typed, slip)
    assert not one_slip(typed, typed)
    assert not one_slip(typed, typed + "00")


@pytest.mark.parametrize("text", ["127.0.0.1", "127.0.0.1:0", "127.0.0.1:99999", "127.0.0.1:http", "", ":"])
def test_what_is_no_address_is_refused(text: str) -> None:
    """The message says how to write one."""
    with pytest.raises(ValueError, match="write 127"):
        resolve(text)


def test_a_foreign_address_is_not_touched() -> None:
    """Nothing but loopback is looked up or dialled."""
    with pytest.raises(ValueError, match="loopback"):
        resolve(f"{192}.0.2.1:80")


def test_ranges_say_what_a_number_is_for() -> None:
    """RFC 6335: system, user and dynamic ports; and what this kernel gives to clients."""
    ranges = Ranges(32768, 60999)
    assert [ranges.of(port) for port in (80, 8080, 33000, 50000, 62893)] == [
        "system port",
        "user port",
        "user port, ephemeral here",
        "dynamic port, ephemeral here",
        "dynamic port",
    ]


def test_the_commands(simnet: Callable[..., subprocess.CompletedProcess[str]], leased: tuple[str, str]) -> None:
    """`diagnose` ends with 100 where one cannot connect and 0 where one can; `ports` lists the listener."""
    here, _ = leased
    place = f"{here}:{PORT}"
    with listener(here) as sock:
        waits = simnet("diagnose", place, "--timeout", "0.3", "--json")
        listed = json.loads(simnet("ports", PORT, "--json").stdout)["listeners"]
        shown = simnet("ports", PORT).stdout
        sock.close()
        refused = simnet("diagnose", place)
    assert (waits.returncode, json.loads(waits.stdout)["causes"][0]["name"]) == (100, "not_accepted")
    assert [(one["address"], one["port"], one["owner"]["pid"]) for one in listed] == [(here, PORT, os.getpid())]
    assert here in shown
    assert (refused.returncode, "nobody listens" in refused.stdout) == (100, True)


def test_a_wrong_address_is_a_usage_error(simnet: Callable[..., subprocess.CompletedProcess[str]]) -> None:
    """No traceback, and the cure."""
    ran = simnet("diagnose", "8080")
    assert ran.returncode == 2
    assert "write 127.0.0.1:8080" in " ".join(ran.stderr.replace("│", " ").split())


def test_a_cause_is_a_value() -> None:
    """Causes compare and print as what they say."""
    assert Cause("works", Certainty.SEEN, "a", "b") == Cause("works", Certainty.SEEN, "a", "b")
