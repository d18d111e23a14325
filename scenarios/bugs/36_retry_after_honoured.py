"""One GET by urllib3, which retries on 503."""

import os

import urllib3

retry = urllib3.Retry(2, status_forcelist=[503], raise_on_status=False)
print("status", urllib3.PoolManager().request("GET", os.environ["SIMNET_API_URL"], retries=retry).status)
