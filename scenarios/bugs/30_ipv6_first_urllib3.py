"""One GET by urllib3, to a name with two addresses."""

import os

import urllib3

url = f"http://web.test:{os.environ['SIMNET_FOUR_PORT']}/"
print("status", urllib3.PoolManager().request("GET", url, timeout=6).status)
