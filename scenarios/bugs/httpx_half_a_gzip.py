"""One GET by httpx; with UNPACK in the environment the body is unpacked by the module gzip."""

import gzip
import os
import sys

import httpx

with httpx.stream("GET", os.environ["SIMNET_API_URL"]) as reply:
    try:
        body = gzip.decompress(b"".join(reply.iter_raw())) if "UNPACK" in os.environ else reply.read()
    except EOFError as error:
        sys.exit(str(error))
print("status", reply.status_code, "and a body of", len(body))
