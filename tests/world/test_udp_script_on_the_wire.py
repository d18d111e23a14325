"""`udp_script` on real sockets: each client has its own conversation, and the faults of datagrams strike it."""

from __future__ import annotations

import socket

import simnet
from simnet.trace.events import Applied, DatagramIn, DatagramOut, ServiceTrouble

COUNTER = """
simnet: 1
services:
  game:
    udp_script:
      steps:
        - expect: {regex: "JOIN (?P<who>[a-z]+)"}
        - send: [welcome, {captured: who}]
        - loop:
            - expect: MOVE
            - send: {captured: who}
          times: 2
        - expect: QUIT
    faults: [{fault: datagram_loss, direction: to_client, when: {requests: 5}}]
"""


def client(net: simnet.World) -> socket.socket:
    """A client that is connected to the service."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.settimeout(30)
    sock.connect((net["game"].address, net["game"].port))
    return sock


def ask(sock: socket.socket, data: bytes) -> bytes:
    """Send, and the answer."""
    sock.send(data)
    return sock.recv(100)


def test_each_client_is_spoken_with_on_its_own() -> None:
    """Two conversations go side by side; one that has come to its end begins anew; a loss is proven."""
    with simnet.network(COUNTER) as net, client(net) as ann, client(net) as bob:
        assert ask(ann, b"JOIN ann") == b"welcomeann"
        assert ask(bob, b"JOIN bob") == b"welcomebob"
        assert [ask(each, b"MOVE") for each in (ann, bob)] == [b"ann", b"bob"]
        ann.send(b"MOVE")  # the fifth: its answer is lost
        ann.send(b"JUMP")
        ann.send(b"QUIT")
        assert ask(ann, b"JOIN eve") == b"welcomeeve"
        assert ask(bob, b"MOVE") == b"bob"
    (proof,) = net.trace.of(Applied, "game")
    assert (proof.kind, proof.target) == ("datagram_loss", "datagram 5")
    assert [event.request for event in net.trace.of(DatagramIn)] == list(range(1, 10))
    assert [event.request for event in net.trace.of(DatagramOut)] == [1, 2, 3, 4, 8, 9]
    (trouble,) = net.trace.of(ServiceTrouble)
    assert trouble.message == 'step 4: at byte 0 of the datagram, "QUIT" is due and "JUMP" came'
