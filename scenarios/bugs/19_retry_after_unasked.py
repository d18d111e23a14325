"""One GET that is to be retried on 503, without a pause."""

import os

import urllib3

retry = urllib3.Retry(3, status_forcelist=[503], respect_retry_after_header=False)
print("status", urllib3.PoolManager().request("GET", os.environ["SIMNET_API_URL"], retries=retry).status)
