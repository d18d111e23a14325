"""One GET by httpx; a reply that breaks off ends the program with status 1."""

import os
import sys

import httpx

try:
    print(httpx.get(os.environ["SIMNET_API_URL"]).content)
except httpx.RemoteProtocolError as error:
    sys.exit(repr(error))
