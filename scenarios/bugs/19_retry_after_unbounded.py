"""One GET with a limit of one second; with RETRIES in the environment it says `retries=False`."""

import os

import urllib3

retries = False if "RETRIES" in os.environ else None
print("status", urllib3.PoolManager().request("GET", os.environ["SIMNET_API_URL"], timeout=1, retries=retries).status)
