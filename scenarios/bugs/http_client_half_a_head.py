"""One GET by urllib.request."""

import os
import urllib.request

with urllib.request.urlopen(os.environ["SIMNET_API_URL"]) as reply:
    print(reply.status, reply.read())
