"""The proxy with no fault, beside a direct connection, socat and haproxy: one bulk stream, and one byte there and back.

Run it: `python tests/bench/proxy.py [MEBIBYTES]`. Ratios of one run, on whatever machine it is; nothing is asserted.
What is not installed is left out. The real server and each relay are programs of their own, as they are in life.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

HOST = "127.61.7.1"
PIECE = 1 << 18
ROUNDS = 3
PINGS = 3000

Place = tuple[str, int]

SCENARIO = """\
simnet: 1
services:
  link:
    at: {host}:{port}
    proxy: {{upstream: "{to[0]}:{to[1]}"}}
"""

HAPROXY = """\
global
  maxconn 100
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen relay
  bind {host}:{port}
  {splice}
  server real {to[0]}:{to[1]}
"""


def serve(listener: socket.socket) -> None:
    """A real server: `n` as 8 bytes is answered with so many bytes; 0 begins a game of single bytes there and back."""
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=answer, args=(sock,), daemon=True).start()


def answer(sock: socket.socket) -> None:
    """One connection of it."""
    with sock, contextlib.suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        left, piece = int.from_bytes(sock.recv(8), "big"), bytes(PIECE)
        if not left:
            while data := sock.recv(1):
                sock.sendall(data)
        while left:
            left -= sock.send(piece[:left])


def bulk(place: Place, size: int) -> float:
    """Bytes a second of one stream."""
    with socket.create_connection(place) as sock:
        began, buffer, left = time.perf_counter(), bytearray(PIECE), size
        sock.sendall(size.to_bytes(8, "big"))
        while left:
            left -= (count := sock.recv_into(buffer))
            assert count, "the stream is whole"
        return size / (time.perf_counter() - began)


def ping(place: Place) -> float:
    """Seconds of one byte there and back: the median."""
    with socket.create_connection(place) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.sendall(bytes(8))
        took = []
        for _ in range(PINGS):
            began = time.perf_counter()
            sock.sendall(b"x")
            sock.recv(1)
            took.append(time.perf_counter() - began)
    return statistics.median(took)


@contextlib.contextmanager
def program(*command: str, at: Place) -> Iterator[Place]:
    """A relay of somebody else's, until the block is left."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as running:
        try:
            for _ in range(200):
                with contextlib.suppress(OSError), socket.create_connection(at):
                    break
                time.sleep(0.02)
            yield at
        finally:
            running.terminate()


@contextlib.contextmanager
def relays(real: Place) -> Iterator[dict[str, Place]]:
    """Every way to the real server."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        scenario = folder / "link.yaml"
        scenario.write_text(SCENARIO.format(host=HOST, port=7301, to=real))
        ours = [sys.executable, "-m", "simnet", "run", str(scenario)]
        found = {"direct": real, "simnet": stack.enter_context(program(*ours, at=(HOST, 7301)))}
        if shutil.which("socat"):
            listen = f"TCP-LISTEN:7302,bind={HOST},fork,reuseaddr,nodelay"
            to = f"TCP:{real[0]}:{real[1]},nodelay"
            found["socat"] = stack.enter_context(program("socat", "-b", "262144", listen, to, at=(HOST, 7302)))
        if shutil.which("haproxy"):
            for name, port, splice in (("haproxy", 7303, ""), ("haproxy, splice", 7304, "option splice-auto")):
                file = folder / f"{port}.cfg"
                file.write_text(HAPROXY.format(host=HOST, port=port, to=real, splice=splice))
                found[name] = stack.enter_context(program("haproxy", "-f", str(file), "-db", at=(HOST, port)))
        yield found


def main(mebibytes: int) -> None:
    """Measure each in turn, several times, and print the best of each as ratios."""
    real = program(sys.executable, __file__, "serve", at=(HOST, 7300))
    with real as place, relays(place) as places:
        rates: dict[str, list[float]] = {name: [] for name in places}
        trips: dict[str, list[float]] = {name: [] for name in places}
        for _ in range(ROUNDS):
            for name, way in places.items():
                rates[name].append(bulk(way, mebibytes << 20))
                trips[name].append(ping(way))
    best = {name: max(found) for name, found in rates.items()}
    trip = {name: min(found) for name, found in trips.items()}
    haproxy = max((rate for name, rate in best.items() if name.startswith("haproxy")), default=float("nan"))
    print(f"{'':18}{'MB/s':>8}{'of direct':>11}{'of haproxy':>12}{'round trip':>13}{'added':>10}")
    for name in places:
        added = (trip[name] - trip["direct"]) * 1e6
        print(
            f"{name:18}{best[name] / 1e6:8.0f}{best[name] / best['direct']:11.2f}{best[name] / haproxy:12.2f}"
            f"{trip[name] * 1e6:10.0f} us{added:7.0f} us"
        )


if __name__ == "__main__":
    if sys.argv[1:] == ["serve"]:
        with socket.create_server((HOST, 7300)) as listener:
            serve(listener)
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 512)
