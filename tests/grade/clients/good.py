"""A student's good client: one order, whatever the network does. Standard library only.

It waits longer each time, with jitter; it waits as long as the server asks; it sends the same idempotency key again; it
does not repeat what will be wrong again; it gives up in the end, and its exit status says what came of it.
"""

import os
import random
import sys
import time
import urllib.error
import urllib.request
import uuid

URL = next(value for name, value in sorted(os.environ.items()) if name.startswith("SIMNET_") and name.endswith("_URL"))
KEY = str(uuid.uuid4())
TRIES = 6


def order() -> float:
    """Send it once; the seconds to wait before the next try. Raises SystemExit with the outcome."""
    asked = urllib.request.Request(f"{URL}/orders", data=b"amount=5", headers={"Idempotency-Key": KEY})
    try:
        with urllib.request.urlopen(asked, timeout=5) as reply:
            print(reply.status, reply.read().decode().strip())
            sys.exit(0)
    except urllib.error.HTTPError as error:
        if error.code < 500 and error.code not in {408, 425, 429}:
            sys.exit(1)
        return float(error.headers.get("Retry-After", 0))
    except OSError as error:
        print(error)
        return 0.0


for number in range(TRIES):
    asked_for = order()
    # Half of it certain, half of it drawn: it grows for sure, and a crowd of us is spread.
    time.sleep(max(asked_for, 0.15 * 2.5**number * random.uniform(0.8, 1.0)))
sys.exit(1)
