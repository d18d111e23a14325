"""One gigabyte through the proxy, each way, and its SHA-256: what goes in comes out.

Run it: `python tests/campaigns/gigabyte.py [MEBIBYTES]`. It takes half a minute; the suite itself sends 64 MB.
"""

from __future__ import annotations

import hashlib
import socket
import sys
import threading
import time
from random import Random

import simnet

HOST = "127.61.8.1"
PIECE = 1 << 20


def send(sock: socket.socket, mebibytes: int, seed: int) -> None:
    """So much from the seed, then FIN."""
    draw = Random(seed)
    for _ in range(mebibytes):
        sock.sendall(draw.randbytes(PIECE))
    sock.shutdown(socket.SHUT_WR)


def digest_of(sock: socket.socket) -> str:
    """The SHA-256 of all that comes until the FIN."""
    found, buffer = hashlib.sha256(), bytearray(PIECE)
    while count := sock.recv_into(buffer):
        found.update(memoryview(buffer)[:count])
    return found.hexdigest()


def due(mebibytes: int, seed: int) -> str:
    """The SHA-256 of what was sent."""
    found, draw = hashlib.sha256(), Random(seed)
    for _ in range(mebibytes):
        found.update(draw.randbytes(PIECE))
    return found.hexdigest()


def main(mebibytes: int) -> int:
    """Both ways at the same time; 0 if both are intact."""
    with socket.create_server((HOST, 0)) as listener:
        text = f"simnet: 1\nservices:\n  link: {{proxy: {{upstream: '{HOST}:{listener.getsockname()[1]}'}}}}\n"
        with simnet.network(text) as net, socket.create_connection((net["link"].address, net["link"].port)) as client:
            server, _ = listener.accept()
            began = time.monotonic()
            senders = [
                threading.Thread(target=send, args=(client, mebibytes, 1)),
                threading.Thread(target=send, args=(server, mebibytes, 2)),
            ]
            found: dict[int, str] = {}
            ears = [
                threading.Thread(target=lambda: found.update({1: digest_of(server)})),
                threading.Thread(target=lambda: found.update({2: digest_of(client)})),
            ]
            for thread in (*senders, *ears):
                thread.start()
            for thread in (*senders, *ears):
                thread.join()
            took = time.monotonic() - began
            server.close()
    intact = all(found[seed] == due(mebibytes, seed) for seed in (1, 2))
    print(f"{mebibytes} MiB each way in {took:.1f} s: {'intact' if intact else 'DAMAGED'}")
    return not intact


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 1024))
