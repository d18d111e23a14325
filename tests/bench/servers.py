"""The servers that are measured side by side, each in a process of its own.

    python tests/bench/servers.py (asyncio | threads | simnet) (echo | http)

Prints its address and port, and serves until its stdin ends. The bare ones are what one would write in ten lines, with
nothing but what the protocol needs, so they are the ceiling of what Python can do.
"""

from __future__ import annotations

import asyncio
import socket
import socketserver
import sys
import threading

import simnet

BODY = b"hello from simnet\n"
REPLY = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY)
ADDRESS = "127.93.40.1"


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
    except ConnectionError:
        writer.close()


async def _http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(REPLY)
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


async def serve_asyncio(protocol: str) -> None:
    """The streams of the standard library."""
    server = await asyncio.start_server(_echo if protocol == "echo" else _http, ADDRESS, 0)
    print(*server.sockets[0].getsockname(), flush=True)
    await asyncio.to_thread(sys.stdin.read)


class _Handler(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while data := self.request.recv(65536):
                self.request.sendall(data if self.server.protocol == "echo" else REPLY)  # type: ignore[attr-defined]
        except ConnectionError:
            pass


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 1024


def serve_threads(protocol: str) -> None:
    """A thread for each connection."""
    with _Server((ADDRESS, 0), _Handler) as server:
        server.protocol = protocol  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        print(*server.server_address, flush=True)
        sys.stdin.read()
        server.shutdown()


def serve_simnet(protocol: str, faults: str = "") -> None:
    """simnet itself, with no fault, or with those given in YAML."""
    with simnet.network(f"simnet: 1\nservices: {{it: {{speaks: {protocol}, faults: [{faults}]}}}}\n") as net:
        print(net["it"].address, net["it"].port, flush=True)
        sys.stdin.read()


def main(which: str, protocol: str, faults: str = "") -> None:
    """Serve as the command line says."""
    if which == "asyncio":
        asyncio.run(serve_asyncio(protocol))
    elif which == "threads":
        serve_threads(protocol)
    else:
        serve_simnet(protocol, faults)


if __name__ == "__main__":
    main(*sys.argv[1:])
