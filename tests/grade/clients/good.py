"""A student's good client: it orders from each service there is, whatever the network does. Standard library only.

It waits longer each time, with jitter; it waits as long as the server asks; it sends the same idempotency key again; it
has a limit for each phase and one for the whole; it looks whether a kept connection has ended; it takes no piece for the
whole; it does not repeat what will be wrong again; it gives up in the end, and its exit status says what came of it.

Words: `orders=2` are made one after the other on one connection, with rests; `crowd=40` clients begin at once.
"""

import http.client
import os
import random
import select
import sys
import threading
import time
import uuid

SERVICES = [value for name, value in os.environ.items() if name.startswith("SIMNET_") and name.endswith("_ADDR")]
WORDS = dict(word.split("=") for word in sys.argv[1:])
ORDERS, CROWD = int(WORDS.get("orders", 1)), int(WORDS.get("crowd", 1))
TRIES, STALLS = 6, 2
PATIENCE = 1.5
"""Seconds for connecting, and for the whole of a reply."""
REST = 0.5

failures: list[object] = []


def order(link: http.client.HTTPConnection, key: str) -> tuple[int, float]:
    """Send it once; the status, and the seconds that we are asked to wait."""
    if link.sock is not None and select.select([link.sock], [], [], 0)[0]:
        link.close()  # the end has come while it rested
    if link.sock is None:
        link.connect()
    until, sock = time.monotonic() + PATIENCE, link.sock
    link.request("POST", "/orders", b"amount=5", {"Idempotency-Key": key})
    reply = link.getresponse()
    while reply.read1(4096):
        sock.settimeout(max(0.001, until - time.monotonic()))
    if reply.length != 0:
        raise ConnectionError("a piece of a reply")
    return reply.status, float(reply.headers.get("Retry-After", 0))


def pause(number: int) -> float:
    """It grows for sure, and some of it is drawn; in a crowd all of it is, over a tenth of a second for each of us."""
    return random.uniform(0, CROWD / 10) if CROWD > 1 else 0.15 * 2.5**number * random.uniform(0.8, 1.0)


def is_placed(link: http.client.HTTPConnection) -> bool:
    """Try until it is placed, or that is no use."""
    key, stalls = str(uuid.uuid4()), 0
    for number in range(TRIES):
        asked_for = 0.0
        try:
            code, asked_for = order(link, key)
            if code < 400:
                return True
            if code < 500 and code not in {408, 425, 429}:
                return False
        except TimeoutError:
            stalls += 1
        except (OSError, http.client.HTTPException) as error:
            print(repr(error))
        link.close()
        if stalls == STALLS:
            return False
        time.sleep(max(asked_for, pause(number)))
    return False


def visit(service: str) -> None:
    """Place all orders at one service."""
    link = http.client.HTTPConnection(service, timeout=PATIENCE)
    for number in range(ORDERS):
        if number:
            time.sleep(REST)
        if not is_placed(link):
            failures.append(service)
    link.close()


visits = [threading.Thread(target=visit, args=[service]) for service in SERVICES for _ in range(CROWD)]
for each in visits:
    each.start()
for each in visits:
    each.join()
sys.exit(1 if failures else 0)
