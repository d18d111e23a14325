"""Facts about a receiver that does not read: the window closes, and the sender's kernel probes it."""

from __future__ import annotations

import contextlib
import socket
import time
from collections.abc import Iterator

import pytest

from simnet.world.kernel.options import fix_receive_buffer, unread, widen_receive_buffer
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.tcp_info import tcp_info

PATIENCE = 20.0
PROBE = 4
"""The zero window probe timer (idiag_timer, inet_diag.h)."""

Pair = tuple[socket.socket, socket.socket]


@pytest.fixture(params=["127.94.3.3", pytest.param("::1", id="ipv6")])
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    """A client that does not block and the socket that was accepted for it, with a receive buffer that does not grow."""
    host = str(request.param)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with (
        socket.create_server((host, 0), family=family) as listener,
        socket.create_connection(listener.getsockname()[:2], PATIENCE) as client,
        listener.accept()[0] as accepted,
    ):
        fix_receive_buffer(accepted)
        client.setblocking(False)  # noqa: FBT003 - the name of the socket module
        yield client, accepted


def fill(client: socket.socket) -> int:
    """Send until the kernel takes no more."""
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sent += client.send(bytes(1 << 20))
    return sent


def timer(client: socket.socket, wanted: int) -> int:
    """The timer of the client's socket, once it is the one that is waited for."""
    end, found = time.monotonic() + PATIENCE, -1
    with SockDiag() as diag:
        while found != wanted and time.monotonic() < end:
            row = diag.find(client.getsockname()[:2], client.getpeername()[:2])
            assert row is not None
            found = row.timer
    return found


def test_the_window_closes_and_is_probed(pair: Pair) -> None:
    """What was sent beyond the window waits in the client's kernel, none of it in flight."""
    client, accepted = pair
    fill(client)
    assert timer(client, PROBE) == PROBE
    info = tcp_info(client)
    assert info.notsent_bytes > 0
    assert info.unacked == 0
    assert 0 < unread(accepted) < 300_000


def test_reading_opens_it_again(pair: Pair) -> None:
    """Once the receiver reads, with a wide buffer, all comes through and no timer is left."""
    client, accepted = pair
    sent = fill(client)
    assert timer(client, PROBE) == PROBE
    widen_receive_buffer(accepted)
    accepted.settimeout(PATIENCE)
    received = 0
    while received < sent:
        received += len(accepted.recv(1 << 20))
    assert timer(client, 0) == 0
    assert tcp_info(client).notsent_bytes == 0
