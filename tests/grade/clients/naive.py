"""A student's naive client: if it fails, try again, at once, whatever it was. Standard library only."""

import os
import sys
import urllib.request

URL = next(value for name, value in sorted(os.environ.items()) if name.startswith("SIMNET_") and name.endswith("_URL"))

for _ in range(10):
    try:
        with urllib.request.urlopen(f"{URL}/orders", data=b"amount=5", timeout=5) as reply:
            print(reply.read())
            break
    except OSError as error:
        print(error)
else:
    sys.exit(1)
