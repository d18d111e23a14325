"""A student's naive client: if it fails, try again, at once, whatever it was. Standard library only.

It has no limit of time, takes what came for the whole, has no key, and keeps a connection for better or worse.

Words: `orders=2` are made one after the other on one connection, with rests; `crowd=40` clients begin at once.
"""

import http.client
import os
import sys
import threading
import time
import urllib.request
from collections.abc import Callable

SERVICES = [value for name, value in os.environ.items() if name.startswith("SIMNET_") and name.endswith("_ADDR")]
WORDS = dict(word.split("=") for word in sys.argv[1:])
ORDERS, CROWD = int(WORDS.get("orders", 1)), int(WORDS.get("crowd", 1))
TRIES = 10
REST = 0.5

failures: list[object] = []


def order(service: str) -> None:
    """On a connection of its own."""
    with urllib.request.urlopen(f"http://{service}/orders", data=b"amount=5") as reply:
        for line in reply:
            print(line)


def orders(service: str) -> None:
    """All of them on the connection that we have."""
    link = http.client.HTTPConnection(service)
    link.connect()
    link.auto_open = 0
    for _ in range(ORDERS):
        again_and_again(lambda: print(ask(link)))
        time.sleep(REST)


def ask(link: http.client.HTTPConnection) -> bytes:
    """Send it, and take what comes."""
    link.request("POST", "/orders", b"amount=5")
    return link.getresponse().read()


def again_and_again(what: Callable[[], None]) -> None:
    """Until it does not fail."""
    for _ in range(TRIES):
        try:
            what()
        except (OSError, http.client.HTTPException) as error:
            print(error)
        else:
            return
    failures.append(what)


def visit(service: str) -> None:
    """Place what is to be ordered at one service."""
    if ORDERS > 1:
        orders(service)
    else:
        again_and_again(lambda: order(service))


visits = [threading.Thread(target=visit, args=[service]) for service in SERVICES for _ in range(CROWD)]
for each in visits:
    each.start()
for each in visits:
    each.join()
sys.exit(1 if failures else 0)
