"""Keep-alive and TCP_USER_TIMEOUT: the virtual kernel ends a silent connection when Linux does, and takes the options as it does."""

from __future__ import annotations

import contextlib
import errno
import functools
import select
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from simnet.world.kernel.options import set_min_ttl
from simnet.world.lease import hold_lease
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.process import Process
from simnet.world.virtual.sockets import VirtualSocket
from tests.campaigns.socket_options import SETTINGS, set_and_ask, told
from tests.campaigns.socket_plays import Linux, Model, outcome

KEEPALIVE = (socket.SOL_SOCKET, socket.SO_KEEPALIVE)
TCP = socket.IPPROTO_TCP


@pytest.mark.parametrize("family", [socket.AF_INET, socket.AF_INET6])
@pytest.mark.parametrize("listens", [False, True])
def test_every_option_is_as_on_linux(family: int, *, listens: bool) -> None:
    """Ranges, errnos, defaults, and what getsockopt gives back in every width."""
    differing = []
    for number in range(len(SETTINGS)):
        with Linux().socket(family) as real, Model().socket(family) as model:
            if listens:
                real.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
                real.listen()
                model.listen()
            found = [set_and_ask(one, number, outcome) for one in (real, model)]
        if found[0] != found[1]:
            differing.append(f"{told(number)}: Linux says {found[0]}, the model {found[1]}")
    assert differing == []


@dataclass(frozen=True)
class Silence:
    """What is set on a client, what it does before its peer goes deaf (or stops reading), and when Linux ends it."""

    options: dict[int, int]
    seconds: float
    keepalive: bool = False
    sends: int = 0
    reads: bool = False
    """The peer is not deaf but does not read."""

    def prepare(self, client: Any, peer: Any) -> None:
        """Until nothing more is heard."""
        for option, value in self.options.items():
            client.setsockopt(TCP, option, value)
        client.setsockopt(*KEEPALIVE, self.keepalive)
        if not self.reads:
            set_min_ttl(peer, on=True)
        with contextlib.suppress(BlockingIOError):
            for _ in range(self.sends):
                client.send(bytes(65_536))


SILENCES = {
    "keep-alive asks, asks again and gives up": Silence(
        {socket.TCP_KEEPIDLE: 1, socket.TCP_KEEPINTVL: 1, socket.TCP_KEEPCNT: 2}, 3.0, keepalive=True
    ),
    "the user's timeout is looked at with each probe": Silence(
        {socket.TCP_KEEPIDLE: 1, socket.TCP_KEEPINTVL: 1, socket.TCP_USER_TIMEOUT: 1500}, 2.0, keepalive=True
    ),
    "bytes that are not acknowledged": Silence({socket.TCP_USER_TIMEOUT: 1000}, 1.2, sends=1),
    "bytes that find no room": Silence({socket.TCP_USER_TIMEOUT: 1000}, 1.2, sends=1000, reads=True),
}


@pytest.fixture
def address() -> Iterator[str]:
    """An address of ours alone."""
    with hold_lease(1) as lease:
        yield next(lease.addresses())


def virtually(silence: Silence) -> float:
    """When the model ends it."""
    now = 0.0
    kernel = Kernel(lambda: now)
    listener, client = (VirtualSocket(kernel, Process("test")) for _ in range(2))
    listener.bind(("127.0.0.1", 8000))
    listener.listen()
    client.settimeout(0)
    client.connect_ex(("127.0.0.1", 8000))
    peer, _ = listener.accept()
    silence.prepare(client, peer)
    while not client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        now = kernel.timers.next()
        assert now < 60
        kernel.timers.run(now)
    return now


@pytest.mark.parametrize("name", SILENCES)
def test_silence_ends_when_linux_ends_it(name: str, address: str) -> None:
    """ETIMEDOUT on both, on Linux not before (it may be later: TLP, timers, and a machine that is busy)."""
    silence = SILENCES[name]
    assert virtually(silence) == pytest.approx(silence.seconds, abs=0.01)
    with socket.create_server((address, 0)) as listener, socket.create_connection(listener.getsockname()) as client:
        peer, _ = listener.accept()
        with peer:
            client.settimeout(0)
            began = time.monotonic()
            silence.prepare(client, peer)
            poll = select.poll()
            poll.register(client, 0)
            assert poll.poll(30_000)
            assert client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ETIMEDOUT
            assert silence.seconds - 0.1 < time.monotonic() - began < silence.seconds + 15


@pytest.mark.parametrize(("milliseconds", "seconds"), [(300, 1.0), (1000, 1.0), (2500, 2.5)])
def test_an_unanswered_syn_has_the_timeout_of_the_user(milliseconds: int, seconds: float) -> None:
    """It is looked at when the SYN has been sent again: not before one second."""
    now = 0.0
    kernel = Kernel(lambda: now)
    listener, client = (VirtualSocket(kernel, Process("test")) for _ in range(2))
    listener.bind(("127.0.0.1", 8000))
    listener.listen()
    set_min_ttl(listener, on=True)
    client.settimeout(0)
    client.setsockopt(TCP, socket.TCP_USER_TIMEOUT, milliseconds)
    client.connect_ex(("127.0.0.1", 8000))
    while not client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
        now = kernel.timers.next()
        kernel.timers.run(now)
    assert now == pytest.approx(seconds)


def test_an_answered_probe_changes_nothing() -> None:
    """A day of probes, and the connection is as good as new."""
    now = 0.0
    kernel = Kernel(lambda: now)
    listener, client = (VirtualSocket(kernel, Process("test")) for _ in range(2))
    listener.bind(("127.0.0.1", 8000))
    listener.setsockopt(*KEEPALIVE, 1)
    listener.listen()
    client.settimeout(0)
    client.setsockopt(*KEEPALIVE, 1)
    client.connect_ex(("127.0.0.1", 8000))
    peer, _ = listener.accept()
    peer.settimeout(0)
    while now < 86_400:
        now = kernel.timers.next()
        kernel.timers.run(now)
    for one, other in ((client, peer), (peer, client)):
        assert one.send(b"still here") == 10
        assert other.recv(100) == b"still here"
        assert one.getsockopt(*KEEPALIVE) == 1
        one_more = functools.partial(one.recv, 1)
        assert outcome(one_more) == "EAGAIN"
