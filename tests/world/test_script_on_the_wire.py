"""A script on the wire: its waits, endings and faults are the kernel's, and whatever a client says, nothing is left."""

from __future__ import annotations

import contextlib
import socket
import time

from hypothesis import given, settings
from hypothesis import strategies as st

import simnet
from simnet.trace.events import Accepted, Applied, Closed, RequestBegan, ServiceTrouble

GUARD = 20.0
HEAD = "simnet: 1\nservices:\n  db:\n"


def connected(net: simnet.World) -> socket.socket:
    """A client."""
    return socket.create_connection((net["db"].address, net["db"].port), GUARD)


def all_of(sock: socket.socket) -> tuple[bytes, str]:
    """Everything that comes, and how it ends."""
    found = b""
    try:
        while data := sock.recv(65536):
            found += data
    except ConnectionResetError:
        return found, "RST"
    return found, "FIN"


def until_closed(net: simnet.World, count: int) -> None:
    """Until so many connections are over."""
    until = time.monotonic() + GUARD
    while len(net.trace.of(Closed)) < count:
        assert time.monotonic() < until, "a connection is left open"
        time.sleep(0.002)


def test_each_connection_ends_as_its_script_says() -> None:
    """FIN, RST behind all that was said, and a half-close after which the client is still heard."""
    text = """\
    script:
      conversations:
        - {connections: 1, steps: [{send: bye}, close]}
        - {connections: 2, steps: [{expect: hi}, {send: bye}, reset]}
        - {connections: 3, steps: [{send: bye}, half_close, {expect: thanks}, {expect: {end: true}}]}
"""
    with simnet.network(HEAD + text) as net:
        for how in ("FIN", "RST", "FIN"):
            with connected(net) as client:
                if how == "RST":
                    client.sendall(b"hi")  # its connect(2) has returned: it would report a RST that came before
                assert all_of(client) == (b"bye", how)
                if net["db"].connections == 3:
                    client.sendall(b"thanks")
        until_closed(net, 3)
    assert [(closed.by, closed.how) for closed in net.trace.of(Closed)] == [
        ("service", "FIN"),
        ("service", "RST"),
        ("service", "FIN"),
    ]
    assert not net.trace.of(ServiceTrouble)


def test_a_wait_takes_its_time() -> None:
    """Nothing is said before it is over."""
    with simnet.network(HEAD + "    script: {steps: [{wait: 120ms}, {send: late}]}\n") as net, connected(net) as client:
        began = time.monotonic()
        assert all_of(client) == (b"late", "FIN")
        assert time.monotonic() - began >= 0.119


def test_a_fault_strikes_the_reply_to_a_marked_request() -> None:
    """The second request of the run loses its reply after two bytes; the first, on the same connection, does not."""
    text = """\
    script:
      steps:
        - loop: [{expect: "PING\\n", request: PING}, {send: "PONG\\n"}]
    faults:
      - {fault: reset, after: 2 B, when: {requests: 2}}
"""
    with simnet.network(HEAD + text) as net, connected(net) as client:
        client.sendall(b"PING\n")
        assert client.recv(5) == b"PONG\n"
        client.sendall(b"PING\n")
        assert all_of(client) == (b"PO", "RST")
        until_closed(net, 1)
    assert [begun.method for begun in net.trace.of(RequestBegan)] == ["PING", "PING"]
    assert [proof.target for proof in net.trace.of(Applied)] == ["request 2"]


def test_a_client_that_says_something_else_is_in_the_trace() -> None:
    """Where, what was due and what came; then the connection ends."""
    with (
        simnet.network(HEAD + '    script: {steps: [{expect: "HELO\\n"}, {send: ok}]}\n') as net,
        connected(net) as client,
    ):
        client.sendall(b"HEXO\n")
        assert all_of(client) == (b"", "FIN")
    (trouble,) = net.trace.of(ServiceTrouble)
    assert trouble.message == 'step 1: at byte 2 of what the client says, "HELO\\n" is due and "HEXO\\n" came'


@given(st.lists(st.tuples(st.binary(max_size=60), st.sampled_from(["close", "half", "stay"])), min_size=1, max_size=6))
@settings(max_examples=15, deadline=None)
def test_random_clients_leave_nothing_behind(clients: list[tuple[bytes, str]]) -> None:
    """Random bytes, random ends: every connection that was accepted is over, and nothing but trouble is told of."""
    text = """\
    script:
      steps:
        - loop:
            - either:
                - {expect: {length: {size: 1, plus: 1}, at_most: 40 B}, then: [{send: "frame\\n"}]}
                - {expect: {until: "\\n"}, then: [{send: "line\\n"}, reset]}
"""
    with simnet.network(HEAD + text) as net:
        for said, end in clients:
            client = connected(net)
            with client, contextlib.suppress(OSError):
                client.sendall(said)
                if end == "half":
                    client.shutdown(socket.SHUT_WR)
                    all_of(client)
        until_closed(net, len(clients))
    assert len(net.trace.of(Closed)) == len(net.trace.of(Accepted)) == len(clients)
