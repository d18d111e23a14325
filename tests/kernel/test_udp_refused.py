"""A bound UDP socket that is connected elsewhere: its port is shut, and stays held (udp(7), connect(2))."""

from __future__ import annotations

import ctypes
import errno
import socket
import struct

import pytest

HERE = ("127.94.9.1", 7070)
UNSPECIFIED = struct.pack("=H14x", socket.AF_UNSPEC)
"""A sockaddr of AF_UNSPEC, which dissolves the association; Python's connect() has no word for it."""


def test_a_connected_socket_answers_strangers_with_port_unreachable() -> None:
    """A client gets ECONNREFUSED (ICMP port unreachable); nobody else can bind the port; AF_UNSPEC opens it again."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as service,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other,
    ):
        for sock in (service, client):
            sock.settimeout(10)
        service.bind(HERE)
        client.connect(HERE)
        service.connect(HERE)  # to itself: nobody else can be this peer
        client.send(b"lost")
        with pytest.raises(ConnectionRefusedError):
            client.recv(9)
        with pytest.raises(OSError, match="in use") as held:
            other.bind(HERE)
        assert held.value.errno == errno.EADDRINUSE
        assert ctypes.CDLL(None, use_errno=True).connect(service.fileno(), UNSPECIFIED, len(UNSPECIFIED)) == 0
        client.send(b"heard")
        assert service.recvfrom(9) == (b"heard", client.getsockname())
