"""sock_diag shows everybody's TCP sockets, exactly and at once."""

from __future__ import annotations

import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from simnet.errors import MachineError
from simnet.world.kernel import sock_diag
from simnet.world.kernel.options import set_min_ttl, unread
from simnet.world.kernel.sock_diag import SockDiag
from simnet.world.kernel.tcp_info import TcpState

if TYPE_CHECKING:
    from tests.kernel.conftest import Net

Until = Callable[[Callable[[], object]], None]

SO_COOKIE = 57  # include/uapi/asm-generic/socket.h
CONNECT = (
    "import socket, sys; s = socket.socket(); s.settimeout(60); s.connect((sys.argv[1], int(sys.argv[2]))); s.recv(1)"
)


def inode(sock: socket.socket) -> int:
    return os.fstat(sock.fileno()).st_ino


def cookie(sock: socket.socket) -> int:
    return int.from_bytes(sock.getsockopt(socket.SOL_SOCKET, SO_COOKIE, 8), sys.byteorder)


def deaf(net: Net) -> socket.socket:
    sock = net.listener(1024)
    set_min_ttl(sock, on=True)
    return sock


def test_a_waiting_client_is_shown(net: Net) -> None:
    """A client in SYN_SENT is shown with its addresses, inode, user, and the time to its next SYN (1 s at most)."""
    listener = deaf(net)
    client = net.waiting(listener)
    with SockDiag() as diag:
        (row,) = diag.waiting(listener.getsockname()[1])
    assert row.state is TcpState.SYN_SENT
    assert (row.local, row.remote) == (client.getsockname()[:2], listener.getsockname()[:2])
    assert (row.inode, row.uid) == (inode(client), os.geteuid())
    assert 0 < row.timer_ms <= 1100 << row.retransmits  # a jiffy or more above the second
    assert row.info is not None
    assert row.info.segs_out == 1 + row.info.total_retransmits


def test_a_retransmitted_syn_is_counted(net: Net, until: Until) -> None:
    """When the client has sent its SYN again the row says so."""
    listener = deaf(net)
    _client = net.waiting(listener)
    with SockDiag() as diag:
        until(lambda: diag.waiting(listener.getsockname()[1])[0].retransmits >= 1)


def test_ports_are_told_apart(net: Net) -> None:
    """`waiting(port)` shows the clients of that port only, `waiting()` those of every port."""
    one, two = deaf(net), deaf(net)
    inodes = {port: inode(net.waiting(sock)) for sock in (one, two) for port in [sock.getsockname()[1]]}
    with SockDiag() as diag:
        for port, expected in inodes.items():
            assert [row.inode for row in diag.waiting(port)] == [expected]
        assert set(inodes.values()) <= {row.inode for row in diag.waiting()}


def test_a_mapped_client_is_shown_plainly(four: Net) -> None:
    """A client that dials ::ffff:127.x through an IPv6 socket is shown, and found, by its IPv4 addresses."""
    listener = deaf(four)
    try:
        client = four.keep(socket.socket(socket.AF_INET6))
    except OSError:
        pytest.skip("this kernel has no IPv6")
    with client:
        client.settimeout(0)
        client.connect_ex((f"::ffff:{listener.getsockname()[0]}", listener.getsockname()[1]))
        local = client.getsockname()[:2]
        with SockDiag() as diag:
            (row,) = diag.waiting(listener.getsockname()[1])
            assert row.inode == inode(client)
            assert row.local == ("127.0.0.1", local[1])
            assert row.remote == listener.getsockname()
            found = [diag.find(row.local, row.remote), diag.find(local, row.remote)]
    assert [one and one.inode for one in found] == [row.inode, row.inode]


def test_both_ends_of_a_connection_are_found(net: Net, until: Until) -> None:
    """`find` gives the end that it is asked for, with its inode and TCP_INFO."""
    client, accepted = net.connected(net.listener())
    client.sendall(b"hello")
    until(lambda: unread(accepted) == 5)
    with SockDiag() as diag:
        near = diag.find(client.getsockname()[:2], client.getpeername()[:2])
        far = diag.find(accepted.getsockname()[:2], accepted.getpeername()[:2])
    assert near is not None
    assert far is not None
    assert (near.inode, far.inode) == (inode(client), inode(accepted))
    assert near.info is not None
    assert far.info is not None
    assert far.info.bytes_received == 5


def test_the_cookie_is_that_of_the_socket(net: Net) -> None:
    """The row of a socket has the cookie that SO_COOKIE gives its owner, while it waits and when it is connected."""
    listener = deaf(net)
    waiting = net.waiting(listener)
    set_min_ttl(listener, on=False)
    client, _ = net.connected(listener)
    with SockDiag() as diag:
        assert [row.cookie for row in diag.waiting(listener.getsockname()[1])] == [cookie(waiting)]
        assert [row.cookie for row in diag.connected_to(listener.getsockname()[1])] == [cookie(client)]


def test_connected_clients_are_shown_before_they_are_accepted(net: Net) -> None:
    """`connected_to` shows clients in the queue as well as accepted ones, not those that wait for an answer."""
    listener = net.listener()
    accepted, _ = net.connected(listener)
    queued = net.client()
    queued.connect(listener.getsockname())
    set_min_ttl(listener, on=True)
    _waiting = net.waiting(listener)
    with SockDiag() as diag:
        rows = diag.connected_to(listener.getsockname()[1])
    assert {row.inode for row in rows} == {inode(accepted), inode(queued)}


def test_those_who_wait_to_be_accepted_are_told_from_the_accepted(four: Net) -> None:
    """`queued_at` shows the clients in the accept queue of that listener only, also one that has closed its writing side."""
    listener, other = four.listener(), four.listener()
    _accepted, _ = four.connected(listener)
    queued, finished, elsewhere = four.client(), four.client(), four.client()
    for client, whom in ((queued, listener), (finished, listener), (elsewhere, other)):
        client.connect(whom.getsockname())
    finished.shutdown(socket.SHUT_WR)
    with SockDiag() as diag:
        rows = diag.queued_at(listener.getsockname()[:2])
    assert {row.cookie for row in rows} == {cookie(queued), cookie(finished)}


def test_the_listener_is_not_taken_for_a_connection(net: Net) -> None:
    """A 4-tuple that does not exist is None, although the kernel's lookup falls back to the listener."""
    listener = net.listener()
    with SockDiag() as diag:
        assert diag.find(listener.getsockname()[:2], (net.address, 9)) is None


def test_the_socket_of_another_process_is_found(four: Net, until: Until) -> None:
    """A client in another process is shown while it waits and found when it is connected."""
    listener = deaf(four)
    address, port = listener.getsockname()
    with SockDiag() as diag, subprocess.Popen([sys.executable, "-I", "-S", "-c", CONNECT, address, str(port)]) as process:
        try:
            until(lambda: diag.waiting(port))
            (row,) = diag.waiting(port)
            set_min_ttl(listener, on=False)
            accepted = four.keep(listener.accept()[0])
            assert accepted.getpeername() == row.local
            links = [os.readlink(link) for link in Path(f"/proc/{process.pid}/fd").iterdir()]
            assert f"socket:[{row.inode}]" in links
        finally:
            process.kill()


def test_hundreds_of_rows_arrive(four: Net) -> None:
    """An answer of many messages is read to its end: 400 waiting clients are 400 rows."""
    listener = deaf(four)
    inodes = {inode(four.waiting(listener)) for _ in range(400)}
    with SockDiag() as diag:
        assert {row.inode for row in diag.waiting(listener.getsockname()[1])} == inodes


def test_everything_at_a_port(net: Net) -> None:
    """`at_port` shows the listener and the accepted connection, not the client."""
    listener = net.listener()
    client, accepted = net.connected(listener)
    with SockDiag() as diag:
        rows = diag.at_port(listener.getsockname()[1])
    assert {row.inode for row in rows} >= {inode(listener), inode(accepted)}
    assert inode(client) not in {row.inode for row in rows}


def test_any_thread_may_ask(four: Net) -> None:
    """Queries from several threads at once each get their own answer."""
    listener = four.listener()
    pairs = [four.connected(listener)[0] for _ in range(4)]
    wrong: list[object] = []

    def ask(client: socket.socket) -> None:
        for _ in range(200):
            row = diag.find(client.getsockname(), client.getpeername())
            if row is None or row.inode != inode(client):
                wrong.append(row)

    with SockDiag() as diag:
        threads = [threading.Thread(target=ask, args=(client,)) for client in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
    assert wrong == []


class Scripted:
    """A netlink socket that answers what the test wants."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.closed = False

    def send(self, data: bytes) -> int:
        return len(data)

    def recv(self, _size: int) -> bytes:
        if not self.answers:
            raise TimeoutError
        return self.answers.pop(0)

    def fileno(self) -> int:
        return -1 if self.closed else 99

    def close(self) -> None:
        self.closed = True


def message(kind: int, sequence: int, body: bytes = b"") -> bytes:
    return sock_diag.HEADER.pack(16 + len(body), kind, 0, sequence, 0) + body


def test_a_silent_kernel_is_an_error_and_the_next_query_starts_afresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that nobody answers ends in a MachineError, and its socket is replaced."""
    first, second = Scripted(), Scripted(message(sock_diag.NLMSG_DONE, 2), message(sock_diag.NLMSG_DONE, 3))
    sockets = iter([first, second])
    monkeypatch.setattr(sock_diag, "_open", lambda: next(sockets))
    with SockDiag() as diag:
        with pytest.raises(MachineError, match=r"sock_diag failed \(no answer\)"):
            diag.waiting()
        assert first.closed
        assert diag.waiting() == []


def test_late_answers_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages that belong to an earlier query are not taken for the answer to this one."""
    late = message(sock_diag.NLMSG_ERROR, 0, struct.pack("=i", -13))
    monkeypatch.setattr(sock_diag, "_open", lambda: Scripted(late + message(3, 1), late, message(3, 2)))
    with SockDiag() as diag:
        assert diag.waiting() == []


def test_a_refusing_kernel_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """An errno of the kernel other than ENOENT is a MachineError with its text."""
    refusal = message(sock_diag.NLMSG_ERROR, 1, struct.pack("=i", -1))
    monkeypatch.setattr(sock_diag, "_open", lambda: Scripted(refusal))
    with SockDiag() as diag, pytest.raises(MachineError, match="Operation not permitted"):
        diag.waiting()


def test_without_netlink_the_error_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the socket itself cannot be had, the error says what to load or allow."""

    def refuse(*_: int) -> socket.socket:
        raise OSError(93, "Protocol not supported")

    monkeypatch.setattr(socket, "socket", refuse)
    with pytest.raises(MachineError, match=r"Protocol not supported.*load the modules inet_diag and tcp_diag"):
        SockDiag()
