"""Random bytes at a running `http`, with every kind of fault in place: no traceback, no leak, no task that hangs."""

from __future__ import annotations

import os
import socket
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import simnet
from simnet.faults import KINDS
from simnet.scenario import ServiceSpec
from simnet.services.http import Http
from simnet.trace.events import Accepted, Closed

GUARD = 20
FAULTS = [
    name
    for name, kind in KINDS.items()
    if kind.moment() in {"at_request", "at_rest"} and name not in {"header_drip", "body_drip"}
]
"""Those that only take time are left out: they would take it here."""

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"
CHUNKED = b"POST /p HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
WAITS = b"POST /p HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 9999\r\n\r\n"
pieces = st.lists(st.sampled_from([GET, POST, CHUNKED, WAITS, GET[:9], b"\r\n"]) | st.binary(max_size=60), max_size=5)


def say(address: tuple[str, int], said: Sequence[bytes]) -> None:
    """Say these pieces, half-close, and read to the end, whatever comes of it."""
    with socket.create_connection(address, GUARD) as sock:
        try:
            for piece in said:
                sock.sendall(piece)
            sock.shutdown(socket.SHUT_WR)
            while sock.recv(65536):
                pass
        except ConnectionError:
            pass


def open_files() -> int:
    """How many descriptors this process has."""
    return len(os.listdir("/proc/self/fd"))


def test_nothing_that_is_sent_shakes_it() -> None:
    """One service for each kind of fault (and one with none) gets the same nonsense; all are up at the end, and leave nothing."""
    before = open_files()
    examples = {kind: (simnet.fault(kind, **KINDS[kind].example),) for kind in FAULTS}
    services = {kind: ServiceSpec(speaks=Http(), faults=faults) for kind, faults in {"none": (), **examples}.items()}
    with simnet.network(simnet.Scenario(services=services, seed=3)) as net:

        @settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
        @given(st.sampled_from([*services]), pieces)
        def all_of_it(name: str, said: list[bytes]) -> None:
            say((net[name].address, net[name].port), said)

        all_of_it()
        for name in services:
            say((net[name].address, net[name].port), [GET])
            assert net[name].requests >= 1, name
    assert len(net.trace.of(Closed)) == len(net.trace.of(Accepted))
    assert open_files() == before
