"""The virtual kernel where the campaign does not reach: time, descriptors, datagrams, and what it does not model."""

from __future__ import annotations

import errno
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from simnet.world.kernel.options import cut_off, dropped_segments, set_min_ttl
from simnet.world.kernel.tcp_info import TcpState, queue, tcp_info
from simnet.world.virtual.kernel import Kernel
from simnet.world.virtual.process import Process
from simnet.world.virtual.sockets import VirtualSocket
from simnet.world.virtual.udp import VirtualUdpSocket

HERE = "127.77.21.1"


class Machine:
    """A virtual machine whose clock is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0
        self.kernel = Kernel(lambda: self.now)
        self.process = Process("test")

    def pass_time(self, seconds: float) -> None:
        """Let the kernel do what is due by then, each at its time."""
        end = self.now + seconds
        while self.kernel.timers.next() <= end:
            self.now = self.kernel.timers.next()
            self.kernel.timers.run(self.now)
        self.now = end

    def socket(self) -> VirtualSocket:
        """A TCP socket, not blocking."""
        sock = VirtualSocket(self.kernel, self.process)
        sock.settimeout(0)
        return sock

    def listener(self, backlog: int = 8) -> VirtualSocket:
        """A TCP socket that listens on port 8000."""
        sock = self.socket()
        sock.bind((HERE, 8000))
        sock.listen(backlog)
        return sock

    def pair(self) -> tuple[VirtualSocket, VirtualSocket]:
        """A client and the socket that its connection was accepted as."""
        listener, client = self.listener(), self.socket()
        client.connect_ex((HERE, 8000))
        accepted, _ = listener.accept()
        accepted.settimeout(0)
        return client, accepted


@pytest.fixture
def machine() -> Machine:
    """A fresh one."""
    return Machine()


def test_a_full_accept_queue_drops_syns_until_there_is_room(machine: Machine) -> None:
    """`listen(0)` admits one; the next client is let in by its first retry after there is room."""
    listener = machine.listener(0)
    first, second = machine.socket(), machine.socket()
    first.connect_ex((HERE, 8000))
    second.connect_ex((HERE, 8000))
    assert queue(listener) == (1, 0)
    assert tcp_info(second).state is TcpState.SYN_SENT
    machine.pass_time(1.5)
    listener.accept()
    machine.pass_time(0.4)
    assert tcp_info(second).state is TcpState.SYN_SENT
    machine.pass_time(0.2)
    assert tcp_info(second).state is TcpState.ESTABLISHED
    assert tcp_info(second).total_retransmits == 2


def test_what_a_deaf_socket_missed_is_sent_again(machine: Machine) -> None:
    """After 0.2, 0.4, 0.8 s, and nothing of it is lost."""
    client, accepted = machine.pair()
    set_min_ttl(accepted, on=True)
    client.send(b"first")
    client.send(b"second")
    with pytest.raises(BlockingIOError):
        accepted.recv(100)
    machine.pass_time(0.7)
    assert dropped_segments(accepted) == 4
    set_min_ttl(accepted, on=False)
    machine.pass_time(0.8)
    assert accepted.recv(100) == b"firstsecond"
    assert tcp_info(client).retransmits == 0


@pytest.mark.parametrize("cut", [lambda sock: set_min_ttl(sock, on=True), cut_off])
def test_a_peer_that_never_answers_is_given_up(machine: Machine, cut: Callable[[VirtualSocket], None]) -> None:
    """After fifteen retransmissions the client gets ETIMEDOUT (tcp_retries2)."""
    client, accepted = machine.pair()
    cut(accepted)
    client.send(b"hello?")
    machine.pass_time(900)
    assert tcp_info(client).state is TcpState.ESTABLISHED
    machine.pass_time(300)
    with pytest.raises(TimeoutError) as found:
        client.recv(1)
    assert found.value.errno == errno.ETIMEDOUT


def test_time_wait_holds_a_port_for_a_minute(machine: Machine) -> None:
    """Who closed first keeps the port from a bind without SO_REUSEADDR, and for a minute only."""
    client, accepted = machine.pair()
    accepted.close()
    client.close()
    machine.pass_time(59)
    late = machine.socket()
    # the listener of the pair has been dropped by now, and is closed with it
    for holder in tuple(machine.kernel.listeners[8000].values()):
        machine.kernel.unhash(holder)
        machine.kernel.ports.leave(holder, 8000)
    with pytest.raises(OSError, match="Address already in use"):
        late.bind((HERE, 8000))
    machine.pass_time(2)
    late.bind((HERE, 8000))


def test_descriptors_run_out_as_they_do_in_linux(machine: Machine) -> None:
    """EMFILE from socket(2) and accept(2); the connection waits in the queue; the lowest free number is given."""
    listener, client = machine.listener(), machine.socket()
    client.connect_ex((HERE, 8000))
    machine.process.limit = 5
    for call in (machine.socket, listener.accept):
        with pytest.raises(OSError, match="Too many open files"):
            call()
    assert queue(listener)[0] == 1
    client.close()
    assert listener.accept()[0].fileno() == 4


def test_a_call_that_would_block_is_refused(machine: Machine) -> None:
    """A thread that waits would stop virtual time for ever."""
    client, _ = machine.pair()
    client.settimeout(None)
    with pytest.raises(NotImplementedError, match="does not model a system call that blocks"):
        client.recv(1)


def test_an_option_that_is_not_known_is_refused(machine: Machine) -> None:
    """It would be believed to work."""
    with pytest.raises(NotImplementedError, match="does not model setsockopt"):
        machine.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 2)


def linux_udp() -> Any:
    """A real one."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(0)
    return sock


def model_udp() -> Callable[[], Any]:
    """A maker of virtual ones, all on one machine."""
    machine = Machine()
    return lambda: VirtualUdpSocket(machine.kernel, machine.process)


@pytest.fixture(params=["Linux", "the model"])
def udp(request: pytest.FixtureRequest) -> Iterator[Callable[[], Any]]:
    """Makes UDP sockets, of one kernel or the other."""
    made: list[Any] = []
    maker = linux_udp if request.param == "Linux" else model_udp()

    def make() -> Any:
        made.append(maker())
        return made[-1]

    yield make
    for sock in made:
        sock.close()


def test_datagrams_arrive_whole_and_in_order(udp: Callable[[], Any]) -> None:
    """What does not fit into the reader's buffer is thrown away; the sender's address is told."""
    server, client = udp(), udp()
    server.bind((HERE, 0))
    client.connect(server.getsockname())
    assert [client.send(b"one"), client.send(b""), client.send(b"three")] == [3, 0, 5]
    assert server.recvfrom(2) == (b"on", client.getsockname())
    assert [server.recvfrom(9)[0], server.recvfrom(9)[0]] == [b"", b"three"]
    with pytest.raises(BlockingIOError):
        server.recvfrom(9)
    assert server.sendto(b"back", client.getsockname()) == 4
    assert client.recv(9) == b"back"


def test_a_datagram_for_nobody_comes_back_to_who_is_connected(udp: Callable[[], Any]) -> None:
    """ECONNREFUSED, once, at the next call; a sender that is not connected hears nothing."""
    gone, client, other = udp(), udp(), udp()
    gone.bind((HERE, 0))
    where = gone.getsockname()
    gone.close()
    client.connect(where)
    client.send(b"hello")
    with pytest.raises(ConnectionRefusedError):
        client.recv(9)
    with pytest.raises(BlockingIOError):
        client.recv(9)
    assert other.sendto(b"hello", where) == 5
    with pytest.raises(BlockingIOError):
        other.recvfrom(9)


def test_one_address_is_bound_once(udp: Callable[[], Any]) -> None:
    """EADDRINUSE for the second, EINVAL for who is bound already, EDESTADDRREQ for who has said nobody."""
    first, second, third = udp(), udp(), udp()
    first.bind((HERE, 0))
    with pytest.raises(OSError, match="Address already in use"):
        second.bind(first.getsockname())
    with pytest.raises(OSError, match="Invalid argument"):
        first.bind((HERE, 0))
    with pytest.raises(OSError, match="Destination address required"):
        third.send(b"x")
