"""A client that does all the harm that it can as an ordinary program. Standard library only.

It ignores SIGTERM and SIGHUP, starts 50 children in sessions of their own that are to outlive it, writes without end,
connects 10,000 times, and never ends. It also asks as it should, once in a while: that is what it gets credit for.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
import urllib.request

CHILDREN, CONNECTIONS = 50, 10_000
AT = next(value for name, value in sorted(os.environ.items()) if name.startswith("SIMNET_") and name.endswith("_ADDR"))
HOST, _colon, PORT = AT.rpartition(":")

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGUSR1):
    signal.signal(number, signal.SIG_IGN)


def outlive() -> None:
    """A child that nobody waits for."""
    if os.fork():
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    while True:
        time.sleep(3600)


def write() -> None:
    """Endless output."""
    line = b"spam " * 2000 + b"\n"
    while True:
        with contextlib.suppress(OSError):
            os.write(1, line)


def ask() -> None:
    """What it was to do."""
    with contextlib.suppress(OSError):
        urllib.request.urlopen(f"http://{AT}/orders", data=b"amount=5", timeout=5).read()


for _number in range(CHILDREN):
    outlive()
threading.Thread(target=write, daemon=True).start()
for _number in range(4):
    ask()
held = []
for _number in range(CONNECTIONS):
    try:
        sock = socket.create_connection((HOST, int(PORT)), timeout=5)
        held.append(sock)
    except OSError:
        held.clear()  # no more descriptors: let go, and go on
while True:
    sys.stdout.write("still here\n")
