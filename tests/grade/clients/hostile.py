"""A client that does all the harm that it can as an ordinary program. Standard library only.

It ignores SIGTERM and SIGHUP, starts 50 children in sessions of their own that are to outlive it, writes without end,
connects 10,050 times to the last of the services, and never ends. It also asks each four times as it should: that is what
it gets credit for. What it starts is counted, not endless: it forks 50 times, and no child forks again but once.
"""

import contextlib
import http.client
import os
import signal
import socket
import sys
import threading
import time
import urllib.request

CHILDREN, CONNECTIONS = 50, 10_050
SERVICES = [v for name, v in sorted(os.environ.items()) if name.startswith("SIMNET_") and name.endswith("_ADDR")]
HOST, _colon, PORT = SERVICES[-1].rpartition(":")

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)


def outlive() -> None:
    """A child that nobody waits for."""
    if os.fork():
        return
    try:
        os.setsid()
        if not os.fork():
            while True:
                time.sleep(3600)
    finally:
        os._exit(0)  # also where there is no room for one more: a child never goes on to fork children of its own


def write() -> None:
    """Endless output."""
    line = b"spam " * 2000 + b"\n"
    while True:
        with contextlib.suppress(OSError):
            os.write(1, line)


def ask(service: str) -> None:
    """What it was to do; it looks at no more than the beginning of what comes."""
    for _number in range(4):
        with (
            contextlib.suppress(OSError, http.client.HTTPException),
            urllib.request.urlopen(f"http://{service}/orders", b"amount=5", timeout=1) as reply,
        ):
            reply.read1()


for _number in range(CHILDREN):
    outlive()
asking = [threading.Thread(target=ask, args=[service]) for service in SERVICES]
for thread in asking:
    thread.start()
for thread in asking:
    thread.join()
threading.Thread(target=write, daemon=True).start()
held = []
for _number in range(CONNECTIONS):
    try:
        sock = socket.create_connection((HOST, int(PORT)), timeout=1)
        held.append(sock)
    except OSError:
        held.clear()  # no more descriptors: let go, and go on
while True:
    sys.stdout.write("still here\n")
