"""Which addresses can be had, by whom, and how long."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

ErrnoOf = Callable[[Callable[[], object]], str]
Until = Callable[[Callable[[], object]], None]

ADDR, PORT = socket.SO_REUSEADDR, socket.SO_REUSEPORT
HOLD_UDP = "import socket, sys; s = socket.socket(type=2); s.bind((sys.argv[1], int(sys.argv[2]))); print('held', flush=True); input()"


@pytest.mark.parametrize("options", [(), (ADDR,), (PORT,), (ADDR, PORT)])
def test_a_listener_takes_its_port(net: Net, options: tuple[int, ...]) -> None:
    """Beside a listener, binding its address or the wildcard is EADDRINUSE, with whatever options."""
    sock = net.listener()
    assert net.bind_like(sock, *options) == "EADDRINUSE"
    assert net.bind_like(sock, *options, address=net.wildcard) == "EADDRINUSE"


def test_another_loopback_address_is_free(four: Net) -> None:
    """The same port of another address in 127.0.0.0/8 is free, with no set-up."""
    sock = four.listener()
    assert four.bind_like(sock, address="127.126.255.254") == "bound"


def test_a_closed_port_is_free_at_once(net: Net) -> None:
    """When its listener is closed, with nothing accepted, the port can be bound again."""
    sock = net.listener()
    where = sock.getsockname()
    sock.close()
    net.client().bind(where)


def test_the_broadcast_address_cannot_be_dialled(four: Net, errno_of: ErrnoOf) -> None:
    """connect to 127.255.255.255, the broadcast address of the network, is ENETUNREACH."""
    assert errno_of(lambda: four.client().connect(("127.255.255.255", 14_000))) == "ENETUNREACH"


@pytest.mark.parametrize("options", [(), (ADDR,), (PORT,), (ADDR, PORT)])
def test_a_udp_bind_is_a_lock(net: Net, errno_of: ErrnoOf, options: tuple[int, ...]) -> None:
    """A UDP socket bound plainly keeps every other away, with whatever options; TCP on the same port is not touched."""
    sock = net.bound()
    anchor = net.keep(socket.socket(net.family, socket.SOCK_DGRAM))
    anchor.bind(sock.getsockname())
    other = net.keep(socket.socket(net.family, socket.SOCK_DGRAM))
    for option in options:
        other.setsockopt(socket.SOL_SOCKET, option, 1)
    assert errno_of(lambda: other.bind(sock.getsockname())) == "EADDRINUSE"
    sock.listen(1)
    assert net.dial(sock) == "served"


def test_the_network_address_of_a_block_can_be_bound(four: Net, errno_of: ErrnoOf) -> None:
    """127.x.y.0 is an address like any other within 127.0.0.0/8, so it serves as an anchor."""
    network = four.address.rsplit(".", 1)[0] + ".0"
    anchor = four.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    assert errno_of(lambda: anchor.bind((network, four.bound().getsockname()[1]))) == ""


def test_a_killed_process_holds_nothing(four: Net, errno_of: ErrnoOf) -> None:
    """An anchor in another process is EADDRINUSE here, and free once that process was killed."""
    address, port = four.bound().getsockname()
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HOLD_UDP, address, str(port)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        anchor = four.keep(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        assert errno_of(lambda: anchor.bind((address, port))) == "EADDRINUSE"
        process.kill()
        process.wait()
        assert errno_of(lambda: anchor.bind((address, port))) == ""
